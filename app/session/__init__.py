"""One sitting at the microscope: devices, live picture, slide and saving, without windows."""
