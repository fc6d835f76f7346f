@echo off
rem On Windows, what the Makefile is elsewhere: make run, make test, make check, make setup;
rem directly behind it EXTRAS="pylon serial" if need be
setlocal
set "PYTHON=python"
where py >nul 2>nul && set "PYTHON=py -3"
%PYTHON% "%~dp0installers\setup_environment.py" %*
exit /b %ERRORLEVEL%
