"""The way of a frame: three threads between the devices and the session, without windows."""
