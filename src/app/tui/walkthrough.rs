//! The steps of a lesson: which one is shown, and when the next one is due. Knows neither runs nor the screen.

use std::time::{Duration, Instant};

use framerace::lab::lessons::{About, Scene};
use framerace::source::Input;

use super::desired::DesiredSettings;
use super::model::Lesson;

pub struct Walkthrough {
    about: &'static About,
    scene: &'static Scene,
    /// How long each step is shown; none if the user says when to go on.
    pace: Option<Duration>,
    step: usize,
    /// When measured figures of this step were first shown.
    since: Option<Instant>,
    /// Whether the user has changed something, and says when to go on.
    pub held: bool,
}

impl Walkthrough {
    pub fn new(about: &'static About, scene: &'static Scene, pace: Option<Duration>) -> Self {
        Self { about, scene, pace, step: 0, since: None, held: false }
    }

    /// Whether steps follow each other without a key.
    pub fn is_tour(&self) -> bool {
        self.pace.is_some()
    }

    /// Whether an input is the one that the lesson was written for.
    pub fn owns(&self, input: &Input) -> bool {
        *input == self.scene.frames()
    }

    /// The name of the lesson, and the input if it is another than the lesson was written for.
    pub fn title(&self, input: &Input) -> String {
        let name = self.about.name;
        if self.owns(input) { name.to_owned() } else { format!("{name} on {input}") }
    }

    pub fn caption(&self) -> &'static str {
        self.scene.steps.get(self.step).map_or("", |step| step.caption)
    }

    pub fn lesson(&self) -> Lesson {
        let step = format!(" step {}/{}", self.step + 1, self.scene.steps.len());
        Lesson { claim: self.about.claim.into(), step, caption: self.caption().into() }
    }

    /// The settings of this step: `initial` with the settings of all steps so far. Changes of the user do not last.
    pub fn settings(&self, initial: &DesiredSettings) -> DesiredSettings {
        let mut desired = initial.clone();
        let settings = self.scene.steps.iter().take(self.step + 1).flat_map(|step| &step.settings);
        settings.for_each(|setting| desired.set(*setting));
        desired
    }

    /// Goes on with the next step. False if this was the last one.
    pub fn next(&mut self) -> bool {
        let another = self.step + 1 < self.scene.steps.len();
        self.step += usize::from(another);
        (self.since, self.held) = (None, false);
        another
    }

    pub fn restart(&mut self) {
        (self.step, self.since, self.held) = (0, None, false);
    }

    /// Whether the next step is due. The time of a step counts from when its figures are shown.
    pub fn is_due(&mut self, now: Instant, is_shown: bool) -> bool {
        let Some(pace) = self.pace.filter(|_| is_shown && !self.held) else {
            self.since = None;
            return false;
        };
        now.saturating_duration_since(*self.since.get_or_insert(now)) >= pace
    }
}

#[cfg(test)]
mod tests {
    use framerace::lab::lessons::find;
    use framerace::pipeline::Settings;

    use super::super::desired::tests::threads;
    use super::*;

    fn bottleneck(pace: Option<Duration>) -> (Walkthrough, DesiredSettings) {
        let lesson = find("bottleneck").unwrap();
        let scene = lesson.scene().unwrap();
        (Walkthrough::new(lesson.about(), scene, pace), threads(scene.chain, Settings::default()))
    }

    #[test]
    fn the_time_of_a_step_counts_from_its_first_figures() {
        let (mut walkthrough, _) = bottleneck(Some(Duration::from_secs(6)));
        let (begin, at) = (Instant::now(), Duration::from_secs);
        assert!(!walkthrough.is_due(begin, false));
        assert!(!walkthrough.is_due(begin + at(10), true));
        assert!(!walkthrough.is_due(begin + at(15), true));
        assert!(walkthrough.is_due(begin + at(16), true));
        // After a pause the time starts again.
        assert!(!walkthrough.is_due(begin + at(17), false));
        assert!(!walkthrough.is_due(begin + at(18), true));
        walkthrough.held = true;
        assert!(!walkthrough.is_due(begin + at(90), true));
        assert!(walkthrough.next() && !walkthrough.held);
        let (mut by_hand, _) = bottleneck(None);
        assert!(!by_hand.is_due(begin, true) && !by_hand.is_due(begin + at(999), true));
    }

    #[test]
    fn settings_of_steps_add_up() {
        let (mut walkthrough, initial) = bottleneck(None);
        let slowed = |desired: &DesiredSettings| desired.filters.iter().map(|(_, slowed)| *slowed).collect::<Vec<_>>();
        assert_eq!(walkthrough.settings(&initial).strategy, "stages");
        assert_eq!(slowed(&walkthrough.settings(&initial)), [0.0, 0.0, 0.0]);
        assert!(walkthrough.next());
        assert_eq!(slowed(&walkthrough.settings(&initial)), [100.0, 0.0, 0.0]);
        assert!(walkthrough.next() && walkthrough.next() && !walkthrough.next());
        assert_eq!(slowed(&walkthrough.settings(&initial)), [100.0, 0.0, 200.0]);
        assert_eq!(walkthrough.lesson().step, " step 4/4");
        walkthrough.restart();
        assert_eq!(walkthrough.settings(&initial).strategy, "stages");
    }
}
