//! `framerace batch` as a user meets it: what it makes, what it skips, what is done again, and how its ledger keeps.

use std::fs;
use std::process::Command;

use crate::common::child::{Running, wait_until};
use crate::common::place::{GRAY, Place, frames, names, video};
use crate::common::{stderr, stdout};
use framerace::batch::JOURNAL_FILE;

#[test]
fn a_folder_is_done_once_and_what_changes_is_done_again() {
    let place = Place::new(&[("a.mkv", 5), ("b.mkv", 9), ("c.mkv", 3)]);
    let (table, said) = place.ends(GRAY, 0);
    assert!(table.contains("3 done") && table.contains("17 frames"), "{table}{said}");
    assert_eq!(place.outputs(), names(&["a.mkv", "b.mkv", "c.mkv"]));
    assert_eq!(frames(&place.output("b.mkv")), 9);
    let first: Vec<_> =
        place.ledger().iter().filter(|line| line["state"] == "begun").map(|line| line["output"].clone()).collect();
    assert_eq!(first[0], "b.mkv", "the longest first");
    let again = |arguments: &[&str], done: usize| {
        let before = place.count("done");
        let (table, _) = place.ends(arguments, 0);
        assert_eq!(place.count("done") - before, done, "{table}");
        assert!(done == 3 || table.contains(&format!("{} skipped", 3 - done)), "{table}");
    };
    again(GRAY, 0);
    video(&place.input("a.mkv"), 6);
    again(GRAY, 1);
    assert_eq!(frames(&place.output("a.mkv")), 6);
    fs::remove_file(place.output("b.mkv")).unwrap();
    again(GRAY, 1);
    fs::File::options().write(true).open(place.output("c.mkv")).unwrap().set_len(99).unwrap();
    again(GRAY, 1);
    assert_eq!(frames(&place.output("c.mkv")), 3);
    again(&["-f", "blur", "--redo"], 3);
    again(&["-f", "blur", "-s", "sequential", "--jobs", "1"], 0);
}

#[test]
fn nothing_is_overwritten_that_is_not_its_own() {
    let place = Place::new(&[("a.mkv", 5), ("a.avi", 5), ("b.mkv", 5), ("c.mkv", 5)]);
    fs::create_dir(place.output("")).unwrap();
    fs::write(place.output("c.mkv"), "mine").unwrap();
    let (_, said) = place.ends(GRAY, 1);
    assert_eq!(place.outputs(), names(&["b.mkv", "c.mkv"]));
    assert_eq!(fs::read_to_string(place.output("c.mkv")).unwrap(), "mine");
    assert!(
        said.contains("in/a.avi has the same output name a.mkv") && said.contains("c.mkv is there already"),
        "{said}"
    );
    let before = fs::read(place.input("b.mkv")).unwrap();
    let (_, said) = place.ends(&["-f", "grayscale", "-o", "in"], 2);
    assert!(said.contains("--output"), "{said}");
    let own = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_framerace"));
        command
            .current_dir(place.root())
            .args(["batch", "in", "-f", "grayscale", "-o", "in"])
            .args(arguments)
            .output()
            .unwrap()
    };
    let output = own(&[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("would overwrite its own input"), "{}", stderr(&output));
    assert_eq!(fs::read(place.input("b.mkv")).unwrap(), before);
    // Beside its inputs it does not eat what it has made.
    for done in [2, 0] {
        fs::remove_file(place.input("a.avi")).ok();
        let output = own(&["--name", "{stem}-{chain}.{ext}"]);
        assert!(output.status.success(), "{}", stderr(&output));
        assert_eq!(stdout(&output).contains(" done\n"), done > 0, "{}", stdout(&output));
    }
    assert!(place.input("b-grayscale.mkv").exists() && !place.input("b-grayscale-grayscale.mkv").exists());
    // Another input of the same name is not the same input.
    fs::create_dir(place.root().join("other")).unwrap();
    video(&place.root().join("other/b.mkv"), 7);
    let output = place.command(GRAY).arg("other").output().unwrap();
    assert!(stderr(&output).contains("the same output name b.mkv"), "{}", stderr(&output));
}

#[test]
fn folders_below_keep_their_places_and_the_output_folder_is_not_searched() {
    let place = Place::new(&[("a.mkv", 3)]);
    fs::create_dir_all(place.input("one/two")).unwrap();
    video(&place.input("one/two/a.mkv"), 4);
    let mut command = Command::new(env!("CARGO_BIN_EXE_framerace"));
    command.current_dir(place.input("")).args(["batch", ".", "-r", "-f", "grayscale", "-o", "made"]);
    for done in [true, false] {
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
        assert_eq!(stdout(&output).contains("2 done"), done, "{}", stdout(&output));
    }
    assert_eq!((frames(&place.input("made/a.mkv")), frames(&place.input("made/one/two/a.mkv"))), (3, 4));
}

#[test]
fn a_torn_ledger_costs_no_more_than_the_torn_lines() {
    let place = Place::new(&[("a.mkv", 3), ("b.mkv", 4)]);
    place.ends(GRAY, 0);
    let text = fs::read_to_string(place.output(JOURNAL_FILE)).unwrap();
    fs::write(place.output(JOURNAL_FILE), &text[..text.trim_end().len() - 40]).unwrap();
    let (table, said) = place.ends(GRAY, 0);
    assert!(table.contains("1 skipped") && table.contains("1 done"), "{table}{said}");
    let (table, said) = place.ends(GRAY, 0);
    assert!(table.contains("2 skipped") && said.contains("1 line of the ledger"), "{table}{said}");
}

/// Many files.
mod thorough {
    use super::*;

    #[test]
    fn a_thousand_files_leak_neither_descriptors_nor_memory() {
        let place = Place::new(&[("0.mkv", 3)]);
        for n in 1..1000 {
            fs::hard_link(place.input("0.mkv"), place.input(format!("{n}.mkv"))).unwrap();
        }
        let child = Running::start(&mut place.command(&["-f", "grayscale", "--mem", "256M", "--quiet"]));
        let look = |what: &str| fs::read_to_string(format!("/proc/{}/{what}", child.pid())).unwrap_or_default();
        let memory = || {
            look("status")
                .lines()
                .find_map(|line| line.strip_prefix("VmRSS:")?.trim().split(' ').next()?.parse::<u64>().ok())
        };
        let descriptors = || fs::read_dir(format!("/proc/{}/fd", child.pid())).map_or(0, Iterator::count);
        place.wait_until_done(100);
        let (early_memory, early) = (memory().unwrap(), (0..20).map(|_| descriptors()).max().unwrap());
        let (mut late_memory, mut late) = (0, 0);
        // By the hundred: each takes its time on a busy machine.
        for done in (200..=900).step_by(100).chain([950]) {
            wait_until(&format!("{done} files done"), || {
                (late_memory, late) = (memory().unwrap_or(late_memory), late.max(descriptors()));
                place.count_of("done") >= done
            });
        }
        assert!(child.output().status.success());
        assert!(late <= early + 12, "{early} descriptors, then {late}");
        assert!(late_memory < early_memory + (40 << 10), "{early_memory} KB, then {late_memory} KB");
        assert_eq!(place.outputs().len(), 1000);
    }
}
