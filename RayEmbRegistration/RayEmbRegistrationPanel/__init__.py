"""The panel's sections: each shows and changes its part of the parameter node. The only package that touches Qt."""
