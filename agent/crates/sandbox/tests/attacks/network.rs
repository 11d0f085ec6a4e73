//! Attacks over sockets, and the sockets that must work.

use std::net::{TcpListener, UdpSocket};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener};

use bugstack_sandbox::Network;

use crate::scene::{self, attack, lines, node, tests};

tests![
    no_listener_of_the_host_can_be_reached,
    the_fetch_phase_reaches_tcp_and_no_socket_of_the_host,
    only_the_fetch_phase_knows_names_and_certificates,
    its_own_loopback_works,
    only_plain_sockets_can_be_opened,
];

/// Listeners of every kind on the host, and their names for the attacker.
struct Listeners {
    names: Vec<String>,
    _place: tempfile::TempDir,
    _path: UnixListener,
    _abstract: UnixListener,
    _tcp: TcpListener,
}

fn listeners() -> Listeners {
    let place = scene::directory();
    let path = place.path().join("socket");
    let by_path = UnixListener::bind(&path).unwrap();
    let name = place.path().display().to_string();
    let address = SocketAddr::from_abstract_name(&name).unwrap();
    let by_name = UnixListener::bind_addr(&address).unwrap();
    let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
    let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
    let names = vec![
        format!("tcp={}", tcp.local_addr().unwrap()),
        format!("udp={}", udp.local_addr().unwrap()),
        format!("path={}", path.display()),
        format!("abstract={name}"),
    ];
    std::thread::spawn(move || {
        while let Ok((_, from)) = udp.recv_from(&mut [0; 8]) {
            drop(udp.send_to(b"hello", from));
        }
    });
    Listeners { names, _place: place, _path: by_path, _abstract: by_name, _tcp: tcp }
}

fn tries(listeners: &Listeners) -> Vec<&str> {
    std::iter::once("connect").chain(listeners.names.iter().map(String::as_str)).collect()
}

fn no_listener_of_the_host_can_be_reached() {
    let listeners = listeners();
    let seen = lines(&attack(&tries(&listeners)));
    assert_eq!(seen.len(), 4);
    assert!(!seen.iter().any(|line| line.ends_with("done")), "{seen:?}");
}

fn the_fetch_phase_reaches_tcp_and_no_socket_of_the_host() {
    let listeners = listeners();
    let mut job = attack(&tries(&listeners));
    job.network = Network::Host;
    let seen = lines(&job);
    let reached: Vec<bool> = seen.iter().map(|line| line.ends_with("done")).collect();
    assert_eq!(reached, [true, true, false, false], "{seen:?}");
}

fn only_the_fetch_phase_knows_names_and_certificates() {
    let mut job = node(
        "const fs = require('fs');
         process.stdout.write(fs.readFileSync('/etc/resolv.conf', 'utf8'));
         console.log(fs.existsSync('/etc/ssl/certs'));",
    );
    assert_eq!(lines(&job), ["false"]);
    job.network = Network::Host;
    let host = std::fs::read_to_string("/etc/resolv.conf").unwrap_or_default();
    let certificates = std::path::Path::new("/etc/ssl/certs").exists();
    assert_eq!(scene::text(&scene::run(&job).stdout), format!("{host}{certificates}\n"));
}

fn its_own_loopback_works() {
    let seen = lines(&attack(&["loopback", "127.0.0.1", "localhost", "::1"]));
    assert_eq!(seen, ["127.0.0.1: done", "localhost: done", "::1: done"]);
}

fn only_plain_sockets_can_be_opened() {
    let expected = [
        "vsock: EPERM",
        "packet: EPERM",
        "bluetooth: EPERM",
        "alg: EPERM",
        "netfilter: EPERM",
        "audit: EPERM",
        "route: done",
        "raw ip: EPERM",
        "udp: done",
    ];
    assert_eq!(lines(&attack(&["sockets"])), expected);
}
