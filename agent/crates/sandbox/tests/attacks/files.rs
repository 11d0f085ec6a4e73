//! Attacks on files: reading what is not shown, writing what is not ours.

use std::os::unix::fs::{MetadataExt, symlink};

use bugstack_sandbox::{End, MountKind, Sandbox};

use crate::scene::{self, attack, lines, mount, node, run, tests};

tests![
    the_hosts_files_are_not_there,
    only_what_is_meant_is_there,
    the_system_cannot_be_written,
    nothing_of_an_environment_can_be_read,
    an_overlay_takes_every_change_and_the_lower_layer_none,
    a_read_only_mount_is_read_only,
    a_writable_mount_lasts,
    a_link_leads_nowhere_outside,
    a_place_that_is_a_link_is_refused,
    files_come_back,
    files_that_are_none_do_not_come_back,
    a_path_that_is_not_there_is_named,
];

fn the_hosts_files_are_not_there() {
    let home = scene::directory();
    let canary = home.path().join("secret");
    scene::write(&canary, "canary", 0o644);
    let canary = canary.to_str().unwrap();
    let tried = ["/etc/shadow", "/root", "/var", "/sys", "/proc/1/root/etc/shadow", canary];
    let mut arguments = vec!["read"];
    arguments.extend(tried);
    for line in lines(&attack(&arguments)) {
        assert!(line.ends_with("NotFound") || line.ends_with("PermissionDenied"), "{line}");
    }
}

fn only_what_is_meant_is_there() {
    let seen = lines(&node("console.log(require('fs').readdirSync('/').join('\\n'))"));
    let meant =
        ["bin", "dev", "etc", "home", "lib", "lib32", "lib64", "proc", "sbin", "tmp", "usr"];
    assert!(seen.iter().all(|name| meant.contains(&name.as_str())), "{seen:?}");
}

fn the_system_cannot_be_written() {
    let tried = ["write", "/proc/sys/kernel/core_pattern", "/usr/bin/env", "/etc/passwd"];
    let written = lines(&attack(&tried));
    let created = lines(&attack(&["create", "/mine", "/usr/mine", "/etc/mine", "/dev/mine"]));
    assert_eq!(written.len() + created.len(), 7);
    for line in written.iter().chain(&created) {
        assert!(
            line.ends_with("ReadOnlyFilesystem") || line.ends_with("PermissionDenied"),
            "{line}"
        );
    }
}

fn nothing_of_an_environment_can_be_read() {
    let (name, secret) = crate::CANARY;
    assert_eq!(std::env::var(name).unwrap(), secret);
    let mut job = attack(&["environments"]);
    job.env = vec![("ONLY".into(), "this".into())];
    let seen = lines(&job);
    assert!(!seen.iter().any(|line| line.contains(secret)), "{seen:?}");
    assert!(seen.contains(&"1 \"\"".to_owned()), "{seen:?}");
    assert!(seen.contains(&"self \"ONLY=this\\0\"".to_owned()), "{seen:?}");
}

fn an_overlay_takes_every_change_and_the_lower_layer_none() {
    let repository = scene::directory();
    for name in ["kept", "changed", "removed"] {
        scene::write(&repository.path().join(name), "theirs", 0o600);
    }
    std::fs::create_dir(repository.path().join("directory")).unwrap();
    let script = "
        const fs = require('fs');
        fs.appendFileSync('changed', ' and mine');
        fs.unlinkSync('removed');
        fs.writeFileSync('directory/new', 'mine');
        fs.renameSync('directory/new', 'renamed');
        console.log(fs.readFileSync('kept') + ',' + fs.readFileSync('changed') + ','
            + fs.readFileSync('renamed') + ',' + fs.existsSync('removed'));";
    let mut job = node(script);
    job.mounts.push(mount(repository.path(), "/work/repository", MountKind::Overlay));
    job.cwd = "/work/repository".into();
    job.collect = vec!["/work/repository/changed".into()];
    let outcome = run(&job);
    assert_eq!(outcome.end, End::Exited(0), "{}", scene::text(&outcome.stderr));
    assert_eq!(scene::text(&outcome.stdout), "theirs,theirs and mine,mine,false\n");
    assert_eq!(outcome.files[&job.collect[0]], b"theirs and mine");
    for name in ["kept", "changed", "removed"] {
        let lower = repository.path().join(name);
        assert_eq!(std::fs::read_to_string(&lower).unwrap(), "theirs");
        assert_eq!(lower.metadata().unwrap().uid(), nix::unistd::geteuid().as_raw());
    }
    assert_eq!(std::fs::read_dir(repository.path()).unwrap().count(), 4);
}

fn a_read_only_mount_is_read_only() {
    let modules = scene::directory();
    scene::write(&modules.path().join("index.js"), "theirs", 0o666);
    let repository = scene::directory();
    let inside = "/work/node_modules";
    let tries = [("create", "new"), ("append", "index.js"), ("remove", "index.js")];
    for (what, name) in tries {
        let mut job = attack(&[what, &format!("{inside}/{name}")]);
        job.mounts.push(mount(repository.path(), "/work", MountKind::Overlay));
        job.mounts.push(mount(modules.path(), inside, MountKind::ReadOnly));
        let seen = lines(&job);
        assert!(!seen[0].ends_with("done"), "{what} {seen:?}");
    }
    assert_eq!(std::fs::read_to_string(modules.path().join("index.js")).unwrap(), "theirs");
    assert_eq!(std::fs::read_dir(modules.path()).unwrap().count(), 1);
}

fn a_writable_mount_lasts() {
    let output = scene::directory();
    let mut job = attack(&["create", "/fetched/package"]);
    job.mounts.push(mount(output.path(), "/fetched", MountKind::Writable));
    assert_eq!(lines(&job), ["/fetched/package: done"]);
    let file = output.path().join("package");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "mine");
    assert_ne!(file.metadata().unwrap().uid(), 0);
}

fn a_link_leads_nowhere_outside() {
    let host = scene::directory();
    scene::write(&host.path().join("secret"), "canary", 0o644);
    let repository = scene::directory();
    symlink(host.path().join("secret"), repository.path().join("link")).unwrap();
    symlink("../../../../etc/shadow", repository.path().join("up")).unwrap();
    let mut job = attack(&["read", "/work/link", "/work/up"]);
    job.mounts.push(mount(repository.path(), "/work", MountKind::Overlay));
    assert_eq!(lines(&job), ["/work/link: NotFound", "/work/up: NotFound"]);
}

fn a_place_that_is_a_link_is_refused() {
    let (repository, modules) = (scene::directory(), scene::directory());
    symlink("/etc", repository.path().join("node_modules")).unwrap();
    let mut job = attack(&["read", "/etc/passwd"]);
    job.mounts.push(mount(repository.path(), "/work", MountKind::Overlay));
    job.mounts.push(mount(modules.path(), "/work/node_modules", MountKind::ReadOnly));
    let refused = Sandbox::new().run(&job).unwrap_err();
    assert!(refused.cause.contains("/work/node_modules"), "{refused}");
}

fn files_come_back() {
    let mut job = node(
        "require('fs').writeFileSync('/tmp/report.json', Buffer.from([0, 255, 10]));
         require('fs').writeFileSync('/dev/shm/empty', '');",
    );
    job.collect = vec!["/tmp/report.json".into(), "/dev/shm/empty".into()];
    let outcome = run(&job);
    assert_eq!(outcome.files[&job.collect[0]], [0, 255, 10]);
    assert!(outcome.files[&job.collect[1]].is_empty());
    assert!(outcome.missing.is_empty());
}

fn files_that_are_none_do_not_come_back() {
    let mut job = node(
        "const fs = require('fs');
         fs.writeFileSync('/tmp/long', 'x'.repeat(101));
         fs.writeFileSync('/tmp/right', 'x'.repeat(100));
         fs.symlinkSync('/etc/passwd', '/tmp/link');
         fs.mkdirSync('/tmp/directory');
         fs.symlinkSync('/tmp/directory', '/tmp/by');
         fs.writeFileSync('/tmp/directory/file', 'x');",
    );
    job.limits.file = 100;
    let wrong =
        ["/tmp/long", "/tmp/link", "/tmp/directory", "/tmp/by/file", "/tmp/none", "/dev/zero"];
    job.collect = wrong.iter().map(Into::into).collect();
    job.collect.push("/tmp/right".into());
    let outcome = run(&job);
    assert_eq!(outcome.files.keys().collect::<Vec<_>>(), [&job.collect[wrong.len()]]);
    for path in wrong {
        assert!(outcome.missing.contains_key(std::path::Path::new(path)), "{path}");
    }
}

fn a_path_that_is_not_there_is_named() {
    let mut job = node("0");
    job.mounts.push(mount("/no/such/path", "/work", MountKind::ReadOnly));
    let refused = Sandbox::new().run(&job).unwrap_err();
    assert!(refused.cause.contains("/no/such/path"), "{refused}");
    let mut job = node("0");
    job.argv[0] = "no-such-program".into();
    let refused = Sandbox::new().run(&job).unwrap_err();
    assert_eq!(refused.wall, "program");
    assert!(refused.cause.contains("no-such-program"), "{refused}");
}
