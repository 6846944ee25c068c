"""New metal in a patient: its shadows in four X-rays and more, the body that casts them, and whether it is believed."""
