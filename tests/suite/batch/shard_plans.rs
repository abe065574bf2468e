//! Plans that are not what they were, and inputs that are not: what is refused, and in which words.

use std::fs;
use std::os::unix::fs::symlink;
use std::time::{Duration, SystemTime};

use crate::common::place::{GRAY, Place, ended, names, video};
use crate::common::shards::output;

/// Every command refuses the plan with these words, in one line, and touches nothing.
fn refused(place: &Place, words: &str) {
    for command in [&["work", "plan.json", "--shard", "0"][..], &["merge", "plan.json"], &["status", "plan.json"]] {
        let (_, said) = ended(&output(&mut place.framerace(command)), 2);
        assert!(said.contains(words) && said.contains("plan.json") && said.lines().count() == 1, "{said}");
    }
    assert!(place.all_outputs().is_empty());
}

#[test]
fn a_plan_of_another_version_or_with_other_options_or_paths_that_leave_is_refused() {
    let place = Place::new(&[("a.mkv", 5), ("b.mkv", 5)]);
    place.plan(2, GRAY);
    let plan = place.root().join("plan.json");
    let text = fs::read_to_string(&plan).expect("a plan");
    let version = env!("CARGO_PKG_VERSION");
    for (from, to, words) in [
        (format!("\"framerace\": \"{version}\""), "\"framerace\": \"9.9.9\"", "was made by framerace 9.9.9"),
        ("\"framerace_plan\": 1".into(), "\"framerace_plan\": 2", "(form 2)"),
        ("\"chain\": \"grayscale\"".into(), "\"chain\": \"edges\"", "changed after it was made"),
        ("\"input\":\"a.mkv\"".into(), "\"input\":\"../a.mkv\"", "its path ../a.mkv leaves its folder"),
        ("\"input\":\"a.mkv\"".into(), "\"input\":\"/etc/passwd\"", "its path /etc/passwd leaves its folder"),
        ("\"output\":\"a.mkv\"".into(), "\"output\":\"x/../../a.mkv\"", "its path x/../../a.mkv leaves its folder"),
        ("\"output\":\"a.mkv\"".into(), "\"output\":\"/tmp/a.mkv\"", "its path /tmp/a.mkv leaves its folder"),
        (
            "\"output_folder\": \"out\"".into(),
            "\"output_folder\": \"../out\"",
            "its folder ../out leaves that of the plan",
        ),
        ("\"output\":\"a.mkv\"".into(), "\"output\":\"b.mkv\"", "two pieces make b.mkv"),
        ("\"shards\": 2".into(), "\"shards\": 1", "is in shard 1 of 1"),
        ("\"shard\":1".into(), "\"shard\":0", "changed after it was made"),
        (text.clone(), "{}", "is no plan"),
        (text.clone(), "[1", "is no plan"),
    ] {
        assert!(text.contains(&from), "{from} is in {text}");
        fs::write(&plan, text.replacen(&from, to, 1)).expect("it can be done");
        refused(&place, words);
    }
}

#[test]
fn what_cannot_be_planned_is_refused_and_no_plan_is_written() {
    let place = Place::new(&[("a.mkv", 5), ("sub/a.mkv", 5)]);
    let plan = |arguments: &[&str], code: i32| {
        let fixed = ["-o", "out", "--save", "plan.json"];
        ended(&output(&mut place.framerace(&[&["plan"], arguments, &fixed].concat())), code).1
    };
    let said = plan(&["in/a.mkv", "in/sub/a.mkv", "-f", "grayscale", "--shards", "2"], 1);
    assert!(said.contains("2 of 2 files cannot be in a plan: ") && said.contains("same output name"), "{said}");
    assert!(plan(&["in", "-f", "grayscale", "--shards", "0"], 2).contains("--shards"));
    assert!(plan(&["in", "-f", "grayscal", "--shards", "1"], 2).contains("grayscale"));
    assert!(plan(&["no", "-f", "grayscale", "--shards", "1"], 1).contains("no"));
    assert!(!place.root().join("plan.json").exists());
}

#[test]
fn an_input_that_changed_or_is_gone_is_refused_by_name_and_the_rest_goes_on() {
    let place = Place::new(&[("a.mkv", 5), ("b.mkv", 6), ("c.mkv", 7), ("d.mkv", 8), ("e.mkv", 9)]);
    place.plan(1, GRAY);
    let [gone, changed, touched, linked] = ["a.mkv", "b.mkv", "c.mkv", "d.mkv"].map(|name| place.input(name));
    let aside = place.root().join("aside.mkv");
    fs::rename(&gone, &aside).expect("it can be done");
    fs::write(&changed, "no video any more").expect("it can be done");
    let earlier = SystemTime::now() - Duration::from_secs(1000);
    let touch = fs::File::options().write(true).open(&touched).expect("a file");
    touch.set_modified(earlier).expect("a time");
    let outside = place.root().join("outside.mkv");
    fs::rename(&linked, &outside).and_then(|()| symlink(&outside, &linked)).expect("it can be done");
    video(&place.input("new.mkv"), 5);
    let (said, why) = place.work(0, 1);
    assert!(said.contains("1 done, 4 failed"), "{said}{why}");
    for (name, words) in [
        ("in/a.mkv", "it was there when the plan was made"),
        ("in/b.mkv", "has changed since the plan was made"),
        ("in/c.mkv", "has changed since the plan was made"),
        ("in/d.mkv", "leads out of"),
    ] {
        assert!(why.lines().any(|line| line.contains(name) && line.contains(words)), "{name}: {why}");
    }
    assert_eq!(place.all_outputs(), names(&["e.mkv"]));
    // Recorded: merge says it, too, and nothing is missing that trying again could bring.
    let (table, why) = place.merge(&[], 1);
    assert!(table.contains("1 done, 4 failed") && why.contains("a.mkv: "), "{table}{why}");
    assert!(why.contains("new.mkv has come since"), "{why}");
    assert_eq!(place.merge(&["--missing"], 1).0, "\n");
    // What comes back is tried.
    fs::rename(&aside, &gone).expect("it can be done");
    let (said, _) = place.work(0, 1);
    assert!(said.contains("1 done, 1 there already, 3 failed"), "{said}");
    // What is there already needs no input any more.
    fs::remove_file(&gone).expect("it can be done");
    assert!(place.work(0, 1).0.contains("2 there already, 3 failed"));
}

#[test]
fn a_plan_can_be_moved_with_its_folders_and_inputs_may_be_links() {
    let place = Place::new(&[("store/a.mkv", 5)]);
    symlink("store/a.mkv", place.input("shown.mkv")).expect("a link");
    place.plan(1, GRAY);
    let moved = Place(tempfile::tempdir().expect("a folder"));
    for name in ["in", "plan.json"] {
        fs::rename(place.root().join(name), moved.root().join(name)).expect("it can be done");
    }
    moved.work(0, 0);
    moved.merge(&[], 0);
    assert_eq!(moved.all_outputs(), names(&["shown.mkv"]));
}
