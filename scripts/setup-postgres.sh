#!/usr/bin/env bash
# Installs PostgreSQL's server programs. Tests start servers of their own in
# temporary folders; a cluster of this machine is neither made nor used.
set -euo pipefail
source "$(dirname "$0")/apt.sh"

if compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null; then
	exit 0
fi
need_packages postgresql-common
as_root sed -ri 's/^#?(create_main_cluster) .*$/\1 = false/' /etc/postgresql-common/createcluster.conf
need_packages postgresql
