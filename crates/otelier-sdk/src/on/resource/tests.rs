use std::collections::HashMap;

use opentelemetry::Key;

use super::{super::config::tests::nameless, *};

const ID: &str = "0123456789abcdef0123456789ABCDEF0123456789abcdef0123456789abcdef";

fn resource(files: &[(&str, &str)], variables: &[(&str, &str)]) -> Resource {
    let variables: HashMap<_, _> = variables.iter().copied().collect();
    let lookup = |name: &str| match name {
        "OTEL_EXPORTER_OTLP_ENDPOINT" => Some("http://localhost:4317".to_owned()),
        _ => variables.get(name).map(|value| (*value).to_owned()),
    };
    let config = Config::from_env(&lookup, &nameless());
    let files: HashMap<_, _> = files.iter().copied().collect();
    detect(&config, &|path| {
        files.get(path).map(|text| (*text).to_owned())
    })
}

fn value(resource: &Resource, key: &'static str) -> Option<String> {
    resource
        .get(&Key::from_static_str(key))
        .map(|value| value.to_string())
}

#[test]
fn without_files_and_variables_the_process_is_described() {
    let resource = resource(&[], &[]);

    let executable = executable().unwrap();
    let expected = [
        ("service.name", format!("unknown_service:{executable}")),
        ("telemetry.sdk.language", "rust".to_owned()),
        ("telemetry.sdk.name", "opentelemetry".to_owned()),
        ("telemetry.distro.name", "otelier".to_owned()),
        (
            "telemetry.distro.version",
            env!("CARGO_PKG_VERSION").to_owned(),
        ),
        ("process.pid", std::process::id().to_string()),
        ("process.executable.name", executable),
        ("os.type", os_type().to_owned()),
        ("host.arch", host_arch().to_owned()),
    ];
    for (key, expected) in expected {
        assert_eq!(value(&resource, key), Some(expected), "{key}");
    }
    assert!(value(&resource, "telemetry.sdk.version").is_some());
    for key in [
        "host.name",
        "container.id",
        "process.creation.time",
        "k8s.pod.name",
        "host.mac",
    ] {
        assert_eq!(value(&resource, key), None, "{key}");
    }
}

#[test]
fn the_process_says_when_it_began_where_the_system_does() {
    let stat = "7 (a) b) S 1 7 7 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 250 9";
    let began = |stat: &str, boot: &str| {
        let files = [("/proc/self/stat", stat), ("/proc/stat", boot)];
        value(&resource(&files, &[]), "process.creation.time")
    };
    let of_boot = |seconds: u64| began(stat, &format!("cpu 1\nbtime {seconds}\nprocesses 9"));
    assert_eq!(of_boot(0).unwrap(), "1970-01-01T00:00:02.500Z");
    assert_eq!(of_boot(951_782_398).unwrap(), "2000-02-29T00:00:00.500Z");
    assert_eq!(of_boot(1_796_083_197).unwrap(), "2026-11-30T23:59:59.500Z");
    assert_eq!(of_boot(u64::MAX), None);
    assert_eq!(began("7 (a) S 1", "btime 0"), None);
    assert_eq!(began(stat, "cpu 1"), None);
}

#[test]
fn each_instance_id_is_a_new_random_uuid() {
    let id = instance_id();

    assert_ne!(id, instance_id());
    let lengths: Vec<_> = id.split('-').map(str::len).collect();
    assert_eq!(lengths, [8, 4, 4, 4, 12]);
    assert!(
        id.bytes()
            .all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
    );
    assert_eq!(&id[14..15], "4");
    assert!("89ab".contains(&id[19..20]));
}

#[test]
fn a_variable_wins_against_what_is_detected() {
    let files = [("/proc/sys/kernel/hostname", "kernel\n")];
    let attributes =
        "service.instance.id=a,host.name=b,process.pid=c,os.type=d,telemetry.distro.name=e";
    let resource = resource(&files, &[("OTEL_RESOURCE_ATTRIBUTES", attributes)]);

    for (key, expected) in [
        ("service.instance.id", "a"),
        ("host.name", "b"),
        ("process.pid", "c"),
        ("os.type", "d"),
        ("telemetry.distro.name", "e"),
    ] {
        assert_eq!(value(&resource, key).as_deref(), Some(expected), "{key}");
    }
}

#[test]
fn the_host_name_comes_from_the_kernel_then_from_the_file_then_from_the_shell() {
    let kernel = ("/proc/sys/kernel/hostname", "kernel\n");
    let unset = ("/proc/sys/kernel/hostname", "(none)\n");
    let file = ("/etc/hostname", "# a comment\n\n  file  \n");
    let shell = [("HOSTNAME", "shell")];
    for (files, expected) in [
        (vec![kernel, file], "kernel"),
        (vec![unset, file], "file"),
        (vec![unset], "shell"),
        (vec![], "shell"),
    ] {
        let found = value(&resource(&files, &shell), "host.name");
        assert_eq!(found.as_deref(), Some(expected));
    }
}

#[test]
fn the_container_id_is_read_from_control_groups_and_mounts() {
    let group = "/proc/self/cgroup";
    let mounts = "/proc/self/mountinfo";
    let found = [
        (group, format!("13:name=systemd:/docker/{ID}\n1:x:/")),
        (group, format!("0::/system.slice/docker-{ID}.scope")),
        (group, format!("11:cpu:/kubepods/besteffort/pod1/{ID}")),
        (
            group,
            format!("0::/kubepods.slice/pod1/cri-containerd-{ID}.scope"),
        ),
        (group, format!("1:cpu:/kubepods/pod1:cri-containerd:{ID}")),
        (
            mounts,
            format!(
                "1 2 8:1 / / rw\n3 2 8:1 /var/lib/docker/containers/{ID}/hostname /etc/hostname rw,relatime - ext4"
            ),
        ),
        (
            mounts,
            format!("3 2 8:1 /home/x/overlay-containers/{ID}/userdata/hostname /etc/hostname rw"),
        ),
    ];
    for (path, text) in found {
        let files = [("/proc/self/cgroup", "0::/"), (path, text.as_str())];
        let id = value(&resource(&files, &[]), "container.id");
        assert_eq!(id, Some(ID.to_ascii_lowercase()), "{text}");
    }

    let absent = [
        (group, "0::/".to_owned()),
        (
            group,
            "0::/user.slice/user-0.slice/session-1.scope".to_owned(),
        ),
        (group, format!("0::/docker/{}", &ID[1..])),
        (group, "\u{0}\u{fffd}////".to_owned()),
        (
            mounts,
            format!("3 2 8:1 /var/lib/docker/containers/{ID}/hostname /mnt/hostname rw"),
        ),
        // Beside the process, on a host that runs containers.
        (
            mounts,
            format!("9 2 0:4 / /var/lib/docker/containers/{ID}/mounts/shm rw"),
        ),
        (
            mounts,
            format!("3 2 8:1 /var/lib/containerd/x/sandboxes/{ID}/hostname /etc/hostname rw"),
        ),
        (mounts, "containers/".to_owned()),
    ];
    for (path, text) in absent {
        let files = [(path, text.as_str())];
        assert_eq!(
            value(&resource(&files, &[]), "container.id"),
            None,
            "{text}"
        );
    }
}

#[test]
fn a_file_that_cannot_be_read_or_does_not_end_is_no_obstacle() {
    assert_eq!(read("/nonexistent/file"), None);
    assert_eq!(read("/"), None);
    #[cfg(unix)]
    assert_eq!(read("/dev/zero").unwrap().len() as u64, MAX_FILE);
}

#[test]
fn what_the_machine_really_says_is_taken() {
    let config = Config::from_env(&|_| None, &nameless());
    let resource = detect(&config, &read);

    assert!(value(&resource, "service.instance.id").is_some());
}
