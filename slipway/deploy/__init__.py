"""Bootstrap, deploy, destroy, and the guards around them."""
