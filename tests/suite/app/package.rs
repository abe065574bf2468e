//! The Debian package, made of the programs that the tests have built: what is in it, and that it works where it is unpacked.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::common::{skipped, stderr, stdout};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The package, and the folder that it is in.
fn package() -> Option<(TempDir, PathBuf)> {
    if Command::new("dpkg-shlibdeps").arg("--version").output().is_err() {
        skipped("the Debian package: no dpkg-dev here");
        return None;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let programs = Path::new(env!("CARGO_BIN_EXE_framerace")).parent().expect("a folder");
    let output = Command::new(Path::new(ROOT).join("scripts/package")).arg(programs).arg(folder.path()).output();
    let output = output.expect("scripts/package");
    assert!(output.status.success(), "{}", stderr(&output));
    let package = PathBuf::from(stdout(&output).trim_end());
    assert_eq!(package.parent(), Some(folder.path()), "it says where the package is");
    Some((folder, package))
}

fn dpkg_deb(arguments: &[&OsStr]) -> String {
    let output = Command::new("dpkg-deb").args(arguments).output().expect("dpkg-deb");
    assert!(output.status.success(), "{}", stderr(&output));
    stdout(&output)
}

/// What a shell script prints, in a folder.
fn sh(script: &str, folder: &Path) -> String {
    let output = Command::new("sh").args(["-ec", script]).current_dir(folder).output().expect("sh");
    assert!(output.status.success(), "{script}: {}", stderr(&output));
    stdout(&output)
}

#[test]
fn it_holds_all_that_a_user_needs_and_works_where_it_is_unpacked() {
    let Some((folder, package)) = package() else { return };
    let version = env!("CARGO_PKG_VERSION");
    let name = package.file_name().expect("a name").to_string_lossy().into_owned();
    assert!(name.starts_with(&format!("framerace_{version}-1_")) && name.ends_with(".deb"), "{name}");

    let control = dpkg_deb(&["--field".as_ref(), package.as_os_str()]);
    for field in
        ["Package: framerace\n", &format!("Version: {version}-1\n"), "libopencv-core", "libopencv-videoio", "libc6"]
    {
        assert!(control.contains(field), "{field}: {control}");
    }

    let contents = dpkg_deb(&["--contents".as_ref(), package.as_os_str()]);
    let files: BTreeSet<_> = contents.lines().filter_map(|line| line.split(" ./").nth(1)).collect();
    for file in [
        "usr/bin/framerace",
        "usr/bin/framerace-opencv",
        "usr/bin/framerace-worker",
        "usr/share/bash-completion/completions/framerace",
        "usr/share/doc/framerace/README.md",
        "usr/share/doc/framerace/changelog.Debian.gz",
        "usr/share/doc/framerace/changelog.gz",
        "usr/share/doc/framerace/copyright",
        "usr/share/doc/framerace/crates.gz",
        "usr/share/doc/framerace/docs/src/guide/compare.md",
        "usr/share/doc/framerace/examples/bigbuckbunny.mp4",
        "usr/share/fish/vendor_completions.d/framerace.fish",
        "usr/share/man/man1/framerace.1.gz",
        "usr/share/man/man1/framerace-compare.1.gz",
        "usr/share/zsh/vendor-completions/_framerace",
    ] {
        assert!(files.contains(file), "{file}: {contents}");
    }
    assert!(contents.lines().all(|line| line.contains(" root/root ")), "{contents}");

    let root = folder.path().join("root");
    dpkg_deb(&["--raw-extract".as_ref(), package.as_os_str(), root.as_os_str()]);
    sh("md5sum --quiet -c DEBIAN/md5sums", &root);
    // Who compares, and with `--decoder opencv`, who becomes the other program.
    let clip = "usr/share/doc/framerace/examples/bigbuckbunny.mp4";
    for decoder in ["auto", "opencv"] {
        let said = sh(&format!("usr/bin/framerace run {clip} --frames 5 --decoder {decoder}"), &root);
        assert!(said.contains("5 frames"), "{said}");
    }
    let crates = sh("zcat usr/share/doc/framerace/crates.gz", &root);
    assert!(crates.contains("\nclap 4.") && crates.contains("Permission is hereby granted"), "{}", crates.len());
    let copyright = sh("cat usr/share/doc/framerace/copyright", &root);
    for license in ["Expat", "Apache-2.0", "CC-BY-3.0"] {
        assert!(copyright.contains(&format!("\nLicense: {license}\n")), "{license}: {copyright}");
    }
}
