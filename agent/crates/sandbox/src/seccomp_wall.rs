//! The second wall around the kernel: system calls that a test suite does not need.

use nix::libc;
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, TargetArch, sock_filter,
};

use crate::channel::Fault;

type Rules = std::collections::BTreeMap<i64, Vec<SeccompRule>>;
type Built<T> = Result<T, seccompiler::BackendError>;

/// Answered as if not allowed.
const DENIED: &[libc::c_long] = &[
    // Other processes
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_process_madvise,
    libc::SYS_pidfd_getfd,
    libc::SYS_kcmp,
    libc::SYS_migrate_pages,
    libc::SYS_move_pages,
    // Namespaces and mounts
    libc::SYS_unshare,
    libc::SYS_setns,
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_open_tree,
    libc::SYS_move_mount,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fspick,
    libc::SYS_mount_setattr,
    libc::SYS_open_by_handle_at,
    libc::SYS_name_to_handle_at,
    libc::SYS_fanotify_init,
    libc::SYS_quotactl,
    // Keys, programs in the kernel, faults in user space
    libc::SYS_keyctl,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    // The machine
    libc::SYS_kexec_load,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_reboot,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_acct,
    libc::SYS_syslog,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_clock_adjtime,
    libc::SYS_adjtimex,
    libc::SYS_sethostname,
    libc::SYS_setdomainname,
    libc::SYS_vhangup,
    libc::SYS_lookup_dcookie,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_kexec_file_load,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_iopl,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_ioperm,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_modify_ldt,
];

/// Answered as if the kernel had none: callers fall back to what can be judged
/// (`clone3` hides its flags in memory) or does not go around this wall (io_uring).
const UNKNOWN: &[libc::c_long] = &[
    libc::SYS_clone3,
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
];

/// The kinds of socket that a test suite may open; never `AF_VSOCK`, which no
/// network namespace holds. Of `AF_NETLINK`, only routes (a list of the interfaces).
const SOCKETS: [libc::c_int; 4] = [libc::AF_UNIX, libc::AF_INET, libc::AF_INET6, libc::AF_NETLINK];

/// Flags of `clone` that make a namespace.
const NAMESPACES: [libc::c_int; 7] = [
    libc::CLONE_NEWUSER,
    libc::CLONE_NEWNS,
    libc::CLONE_NEWPID,
    libc::CLONE_NEWNET,
    libc::CLONE_NEWIPC,
    libc::CLONE_NEWUTS,
    libc::CLONE_NEWCGROUP,
];

/// Restricts this process and all that come from it.
pub(crate) fn enforce() -> Result<(), Fault> {
    install().map_err(|error| Fault {
        wall: "seccomp".to_owned(),
        step: format!("restrict the system calls: {error}"),
        errno: 0,
    })
}

fn install() -> Result<(), seccompiler::Error> {
    if cfg!(target_arch = "x86_64") {
        seccompiler::apply_filter(&without_x32())?;
    }
    seccompiler::apply_filter(&program(denied()?, libc::EPERM)?)?;
    let unknown = UNKNOWN.iter().map(|call| (*call, Vec::new())).collect();
    seccompiler::apply_filter(&program(unknown, libc::ENOSYS)?)
}

fn denied() -> Built<Rules> {
    let mut rules: Rules = DENIED.iter().map(|call| (*call, Vec::new())).collect();
    for call in [libc::SYS_socket, libc::SYS_socketpair] {
        let other = SOCKETS.iter().map(|kind| is_not(0, *kind)).collect::<Built<_>>()?;
        let netlink = vec![is(0, libc::AF_NETLINK)?, is_not(2, libc::NETLINK_ROUTE)?];
        rules.insert(call, vec![SeccompRule::new(other)?, SeccompRule::new(netlink)?]);
    }
    let namespaces = NAMESPACES.iter().map(|flag| SeccompRule::new(vec![has(0, *flag)?]));
    rules.insert(libc::SYS_clone, namespaces.collect::<Built<_>>()?);
    let terminal = [libc::TIOCSTI, libc::TIOCLINUX as _]
        .map(|request| SeccompRule::new(vec![is(1, request as libc::c_int)?]));
    rules.insert(libc::SYS_ioctl, terminal.into_iter().collect::<Built<_>>()?);
    Ok(rules)
}

fn program(rules: Rules, errno: libc::c_int) -> Built<BpfProgram> {
    let answer = SeccompAction::Errno(errno.unsigned_abs());
    let arch = TargetArch::try_from(std::env::consts::ARCH)?;
    SeccompFilter::new(rules, SeccompAction::Allow, answer, arch)?.try_into()
}

/// The x32 variants of the system calls have numbers of their own, from 2^30 on,
/// which a list of numbers would let pass.
fn without_x32() -> BpfProgram {
    let (load, at_least, answer) = (
        (libc::BPF_LD | libc::BPF_W | libc::BPF_ABS) as u16,
        (libc::BPF_JMP | libc::BPF_JGE | libc::BPF_K) as u16,
        (libc::BPF_RET | libc::BPF_K) as u16,
    );
    vec![
        sock_filter { code: load, jt: 0, jf: 0, k: 0 },
        sock_filter { code: at_least, jt: 0, jf: 1, k: 0x4000_0000 },
        sock_filter {
            code: answer,
            jt: 0,
            jf: 0,
            k: libc::SECCOMP_RET_ERRNO | libc::ENOSYS.unsigned_abs(),
        },
        sock_filter { code: answer, jt: 0, jf: 0, k: libc::SECCOMP_RET_ALLOW },
    ]
}

fn is(argument: u8, value: libc::c_int) -> Built<SeccompCondition> {
    compare(argument, SeccompCmpOp::Eq, value)
}

fn is_not(argument: u8, value: libc::c_int) -> Built<SeccompCondition> {
    compare(argument, SeccompCmpOp::Ne, value)
}

fn has(argument: u8, flag: libc::c_int) -> Built<SeccompCondition> {
    let flag_bits = u64::from(flag.cast_unsigned());
    compare(argument, SeccompCmpOp::MaskedEq(flag_bits), flag)
}

fn compare(argument: u8, how: SeccompCmpOp, value: libc::c_int) -> Built<SeccompCondition> {
    SeccompCondition::new(argument, SeccompCmpArgLen::Dword, how, u64::from(value.cast_unsigned()))
}
