# What the machine is put to, after the commands that cloud-init would have run.

refuses() {
  if "$@"; then
    echo "this was to fail: $*"
    exit 1
  fi
}
trap '[ $? = 0 ] || journalctl --no-pager --lines 15' EXIT

# `deploy`, without the way to the machine, and for now without the timer: this counts copies, and the quarter of an hour would make one more.
systemctl enable --now shop.socket
systemctl enable shop.service
systemctl restart shop.service

shop=https://127.0.0.1
ask() { curl --insecure --silent --show-error --max-time 20 "$@"; }
code() { ask --output /dev/null --write-out '%{http_code}' "$@"; }
take_in() {
  ask --fail -H 'Content-Type: application/json' $shop/pets \
    --data '{"name":"Rex","species":"dog","born":2020,"price":{"amount":1,"currency":"EUR"}}'
}

# Through nginx and the socket, over a restart, and over a kill.
take_in
systemctl restart shop.service
[ "$(code $shop/pets/1)" = 200 ]
systemctl kill --signal=KILL shop.service
[ "$(code $shop/pets/1)" = 200 ]
[ "$(systemctl show --property=NRestarts --value shop.service)" = 1 ]

# A fall raises the alarm, and a stop is none.
alarmed() { journalctl --no-pager --priority crit | grep --count "$1 has failed"; }
eventually() {
  # Of many tries, the last one is told.
  { set +x; } 2> /dev/null
  for _ in $(seq 600); do
    "$@" && break
    sleep 0.1
  done
  set -x
  "$@"
}
rings() { [ "$(alarmed "$1")" = "$2" ]; }
eventually rings shop 1

# A shop that hangs is killed and started again.
mkdir --parents /etc/systemd/system/shop.service.d
printf '[Service]\nWatchdogSec=5\n' > /etc/systemd/system/shop.service.d/hasty.conf
systemctl daemon-reload
systemctl restart shop.service
[ "$(code $shop/pets/1)" = 200 ]
restarts() { [ "$(systemctl show --property=NRestarts --value shop.service)" = "$1" ]; }
sleep 7
restarts 0
kill -STOP "$(systemctl show --property=MainPID --value shop.service)"
eventually restarts 1
[ "$(code $shop/pets/1)" = 200 ]
eventually rings shop 2
rm -r /etc/systemd/system/shop.service.d
systemctl daemon-reload
systemctl restart shop.service
[ "$(code $shop/pets/1)" = 200 ]

# It is nobody, may do nothing, and has no network.
pid=$(systemctl show --property=MainPID --value shop.service)
grep -E '^Uid:\s+6[1-9][0-9]{3}\s' "/proc/$pid/status"
grep -E '^CapEff:\s+0+$' "/proc/$pid/status"
grep -E '^NoNewPrivs:\s+1$' "/proc/$pid/status"
grep -E '^Seccomp:\s+2$' "/proc/$pid/status"
[ "$(tail --lines=+3 "/proc/$pid/net/dev" | cut -d: -f1 | tr -d ' ')" = lo ]

# Whoever takes the shop over can neither call anybody nor write anywhere else.
for theft in "/usr/bin/curl --silent --max-time 5 http://127.0.0.1:8080/health" "/usr/bin/touch /etc/mine"; do
  sed "s#^ExecStart=.*#ExecStart=$theft#; s/^Restart=.*/Type=oneshot/; s/^Requires=.*//" \
    /etc/systemd/system/shop.service > /etc/systemd/system/thief.service
  systemctl daemon-reload
  refuses systemctl start thief.service
done
curl --silent --fail --max-time 5 http://127.0.0.1:8080/health

# A copy by the timer's service, and the way back. The other machine is this one, by its own sshd.
mkdir --parents /etc/shop /etc/systemd/system/shop-backup.service.d
useradd --create-home --home-dir /srv/keeper keeper
mkdir /srv/keeper/.ssh
ssh-keygen -q -t ed25519 -N '' -f /etc/shop/backup-key
cp /etc/shop/backup-key.pub /srv/keeper/.ssh/authorized_keys
chown --recursive keeper: /srv/keeper
echo "127.0.0.1 $(cat /etc/ssh/ssh_host_ed25519_key.pub)" > /etc/shop/known_hosts
printf '[Service]\nEnvironment=BACKUP_TO=keeper@127.0.0.1:shop/\n' > /etc/systemd/system/shop-backup.service.d/here.conf
systemctl daemon-reload
systemctl start shop-backup.service
mv /etc/shop/known_hosts /etc/shop/unknown
refuses systemctl start shop-backup.service
mv /etc/shop/unknown /etc/shop/known_hosts
eventually rings shop-backup 1
take_in
[ "$(code $shop/pets/2)" = 200 ]
rm /var/lib/shop-backups/*
shop-restore /srv/keeper/shop/*.sqlite
[ "$(code $shop/pets/1)" = 200 ]
[ "$(code $shop/pets/2)" = 404 ]
# A copy that is damaged is refused, and the shop is open again.
head --bytes=5000 /dev/urandom > /tmp/damaged
refuses shop-restore /tmp/damaged
[ "$(code $shop/pets/1)" = 200 ]
take_in
systemctl enable --now shop-backup.timer
systemctl list-timers --no-pager | grep shop-backup.timer

# In IPv6 a customer is a /64: twenty requests are under way from twenty addresses of one.
for n in $(seq 20); do ip address add "fd00::$n/64" dev lo nodad; done
ip address add fd00::aaaa/64 dev lo nodad
ip address add fd00:0:0:1::1/64 dev lo nodad
six() { code -g --interface "$1" 'https://[::1]/pets/1'; }
hold() {
  { set +x; } 2> /dev/null
  # Whoever asks whether it is full takes a place for as long, and who comes meanwhile may be refused: then they come again.
  while :; do
    ask -g --output /dev/null --interface "$1" --max-time 60 --upload-file - 'https://[::1]/pets/1' < <(sleep 60) || :
    sleep 0.2
  done
}
for n in $(seq 20); do hold "fd00::$n" & done
is_full() { [ "$(six fd00::aaaa)" = 429 ]; }
eventually is_full
[ "$(six fd00:0:0:1::1)" = 200 ]
jobs -p | xargs kill

# A renewed certificate is shown by the nginx that goes on.
shown() { openssl s_client -connect 127.0.0.1:443 < /dev/null 2> /dev/null | openssl x509 -noout -subject; }
shown | grep shop.example
mkdir /tmp/renewed
openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=renewed.example \
  -keyout /tmp/renewed/privkey.pem -out /tmp/renewed/fullchain.pem
RENEWED_LINEAGE=/tmp/renewed shop-certificate
renewed() { shown | grep renewed.example; }
eventually renewed

# What journald does not understand of its file, it says.
refuses grep journald.conf <(journalctl --no-pager)
systemctl is-active nftables.service nginx.service ssh.service systemd-journald.service shop.socket shop.service
nft list ruleset | grep 'policy drop'
echo the machine is well
