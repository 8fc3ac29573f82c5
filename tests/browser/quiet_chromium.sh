#!/bin/sh
# $CHROMIUM without the lists that drop from its address bar. Those are pages of Chromium's own, made
# for every window anew: half of the CPU time that a test's page took. As an argument of Playwright's
# --disable-features would replace all that Playwright itself has there.
for argument do
	shift
	case $argument in
	--disable-features=*) argument=$argument,WebUIOmniboxPopup,WebUIOmniboxAimPopup ;;
	esac
	set -- "$@" "$argument"
done
exec "$CHROMIUM" "$@"
