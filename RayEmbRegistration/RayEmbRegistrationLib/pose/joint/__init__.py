"""One Gauss-Newton over named blocks: the poses of bones about their joints, fragments, and changes of the volume itself."""
