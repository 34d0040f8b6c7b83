"""Runs OpenStack Swift with its s3api in one process, on loopback.

Arguments: the folder of everything, and the number of accounts. The port is the
line that it writes when it answers. The accounts are t0, t1 and so on, each with the
users s3test, who may do everything, and guest. Their access keys are ACCOUNT:USER, and
their secret is s3test-secret.
"""
import array
import os
import sys

import eventlet
from eventlet import wsgi
from swift.common import utils

utils.eventlet_monkey_patch()
utils.HASH_PATH_SUFFIX = b's3test'  # in place of /etc/swift/swift.conf

from swift.account.server import AccountController
from swift.common.http_protocol import SwiftHttpProtocol
from swift.common.ring import RingData
from swift.common.wsgi import loadapp
from swift.container.server import ContainerController
from swift.obj.server import ObjectController

PROXY = '''
[DEFAULT]
swift_dir = {folder}
[pipeline:main]
pipeline = catch_errors s3api tempauth slo dlo proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
allow_account_management = true
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:s3api]
use = egg:swift#s3api
s3_acl = true
dns_compliant_bucket_names = false
[filter:tempauth]
use = egg:swift#tempauth
{users}
[filter:slo]
use = egg:swift#slo
min_segment_size = 1
[filter:dlo]
use = egg:swift#dlo
'''


class Forgetful:
    """Stands where memcached would be, and remembers nothing."""

    def get(self, *args, **kwargs):
        return None

    def set(self, *args, **kwargs):
        pass

    def delete(self, *args, **kwargs):
        pass

    def incr(self, key, delta=1, **kwargs):
        return delta


def listen():
    return eventlet.listen(('127.0.0.1', 0))


def serve(sock, app, logger, **how):
    return eventlet.spawn(wsgi.server, sock, app, logger, protocol=SwiftHttpProtocol,
                          capitalize_response_headers=False, log_output=False, **how)


def main(folder, accounts):
    os.makedirs(os.path.join(folder, 'devices', 'disk'))
    logger = utils.get_logger({'log_level': 'WARNING'}, log_to_console=True)
    conf = {'devices': os.path.join(folder, 'devices'), 'mount_check': 'false', 'swift_dir': folder}
    for name, controller in (('account', AccountController), ('container', ContainerController),
                             ('object', ObjectController)):
        sock = listen()
        device = {'id': 0, 'region': 1, 'zone': 0, 'device': 'disk', 'ip': '127.0.0.1', 'port': sock.getsockname()[1]}
        ring = RingData([array.array('H', [0])], [device], 32)
        ring.save(os.path.join(folder, name + '.ring.gz'))
        serve(sock, controller(conf, logger=logger), logger)
    users = '\n'.join('user_t{0}_s3test = s3test-secret .admin\nuser_t{0}_guest = s3test-secret'.format(n)
                      for n in range(accounts))
    path = os.path.join(folder, 'proxy-server.conf')
    with open(path, 'w') as f:
        f.write(PROXY.format(folder=folder, users=users))
    sock = listen()
    app = loadapp(path, global_conf={'log_name': 'swift', 'log_level': 'WARNING'})
    cache = Forgetful()

    def remembering(env, start_response):
        env['swift.cache'] = cache
        return app(env, start_response)

    proxy = serve(sock, remembering, logger, keepalive=False)
    print(sock.getsockname()[1], flush=True)
    proxy.wait()


main(sys.argv[1], int(sys.argv[2]))
