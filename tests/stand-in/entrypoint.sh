#!/bin/sh
# Fills the web root from /usr/src/matomo where it is empty, then runs what was asked for.
set -e
if [ ! -e matomo.php ]; then
    cp -R /usr/src/matomo/. .
    chown -R www-data:www-data .
fi
exec "$@"
