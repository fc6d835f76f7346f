"""Devices of the microscope and their simulators; knows neither the analysis nor the program."""
