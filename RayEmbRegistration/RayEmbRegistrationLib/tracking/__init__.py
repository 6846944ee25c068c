"""Following bodies through a sequence of X-rays: predict, refine all bodies together, judge, recover, smooth."""
