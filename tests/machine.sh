#!/bin/sh
# Gets what the tests need from outside Python: a Chromium with Chinese fonts, a screen for it that nobody sees,
# PostgreSQL and MariaDB, and Java for Apache Spark.
# Takes Debian's packages where it may install them; else Playwright's own Chromium. What it cannot get, the tests say.
python=$1

has() { command -v "$1" >/dev/null 2>&1; }
has_chromium() { has chromium || has chromium-browser || has google-chrome; }
has_postgres() { has initdb || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; }
has_mariadb() { has mariadbd || [ -x /usr/sbin/mariadbd ]; }
has_java() { has java; }
has_screen() { has Xvfb; }

as_root=
[ "$(id -u)" = 0 ] || as_root="sudo -n"

missing=
has_chromium || missing="$missing chromium fonts-noto-cjk"
has_screen || missing="$missing xvfb"
has_postgres || missing="$missing postgresql"
has_mariadb || missing="$missing mariadb-server"
has_java || missing="$missing default-jre-headless"
if [ -n "$missing" ] && has apt-get && { [ -z "$as_root" ] || $as_root true 2>/dev/null; }; then
    echo "Installing$missing"
    export DEBIAN_FRONTEND=noninteractive
    $as_root apt-get update -q && $as_root apt-get install -q -y --no-install-recommends $missing
fi
has_chromium || "$python" -m playwright install chromium || true
