//! Leads through the steps of a scene: which one is on the screen, and when the next is due. Knows neither runs nor the
//! screen.

use std::time::{Duration, Instant};

use framerace::lab::lessons::{About, Scene};
use framerace::source::Input;

use super::keys::Wanted;
use super::model::Lesson;

/// A scene that is played, and how far it is.
pub struct Guide {
    about: About,
    scene: &'static Scene,
    /// How long a step stays; none where somebody else says when to go on.
    pace: Option<Duration>,
    step: usize,
    /// Since when there has been something to see of this step.
    since: Option<Instant>,
    /// Whether somebody has taken the keys, and says when to go on.
    pub held: bool,
}

impl Guide {
    /// Begins with the first step.
    pub fn new(about: About, scene: &'static Scene, pace: Option<Duration>) -> Self {
        Self { about, scene, pace, step: 0, since: None, held: false }
    }

    /// Whether it goes on by itself.
    pub fn is_tour(&self) -> bool {
        self.pace.is_some()
    }

    /// Whether an input is the lesson's own.
    pub fn owns(&self, input: &Input) -> bool {
        *input == self.scene.frames()
    }

    /// The lesson's name, and the input if it is not the lesson's own.
    pub fn title(&self, input: &Input) -> String {
        let name = self.about.name;
        if self.owns(input) { name.to_owned() } else { format!("{name} on {input}") }
    }

    /// What is said of this step.
    pub fn caption(&self) -> &'static str {
        self.scene.steps.get(self.step).map_or("", |step| step.caption)
    }

    /// The lesson on the screen.
    pub fn lesson(&self) -> Lesson {
        let step = format!(" step {}/{}", self.step + 1, self.scene.steps.len());
        Lesson { claim: self.about.claim.into(), step, caption: self.caption().into() }
    }

    /// The settings of this step: those of all steps so far, one after the other, whatever somebody changed meanwhile.
    pub fn wanted(&self, before: &Wanted) -> Wanted {
        let mut wanted = before.clone();
        let settings = self.scene.steps.iter().take(self.step + 1).flat_map(|step| step.settings);
        settings.for_each(|setting| wanted.set(*setting));
        wanted
    }

    /// Goes on with the next step. Whether there was one.
    pub fn next(&mut self) -> bool {
        let another = self.step + 1 < self.scene.steps.len();
        self.step += usize::from(another);
        (self.since, self.held) = (None, false);
        another
    }

    /// Begins again.
    pub fn begin(&mut self) {
        (self.step, self.since, self.held) = (0, None, false);
    }

    /// Whether the next step is due. A step counts only from when there is something to see of it.
    pub fn is_due(&mut self, now: Instant, something_to_see: bool) -> bool {
        let Some(pace) = self.pace.filter(|_| something_to_see && !self.held) else {
            self.since = None;
            return false;
        };
        now.saturating_duration_since(*self.since.get_or_insert(now)) >= pace
    }
}

#[cfg(test)]
mod tests {
    use framerace::filter::Chain;
    use framerace::lab::lessons::find;
    use framerace::pipeline::Settings;

    use super::*;

    fn bottleneck(pace: Option<Duration>) -> (Guide, Wanted) {
        let lesson = find("bottleneck").unwrap();
        let scene = lesson.scene().unwrap();
        let chain: Chain = scene.chain.parse().unwrap();
        (Guide::new(lesson.about(), scene, pace), Wanted::new("threads", &Settings::default(), &chain))
    }

    #[test]
    fn a_step_counts_from_when_there_is_something_to_see() {
        let (mut guide, _) = bottleneck(Some(Duration::from_secs(6)));
        let (begin, at) = (Instant::now(), Duration::from_secs);
        assert!(!guide.is_due(begin, false));
        assert!(!guide.is_due(begin + at(10), true));
        assert!(!guide.is_due(begin + at(15), true));
        assert!(guide.is_due(begin + at(16), true));
        // Paused: it counts anew.
        assert!(!guide.is_due(begin + at(17), false));
        assert!(!guide.is_due(begin + at(18), true));
        guide.held = true;
        assert!(!guide.is_due(begin + at(90), true));
        assert!(guide.next() && !guide.held);
        let (mut by_hand, _) = bottleneck(None);
        assert!(!by_hand.is_due(begin, true) && !by_hand.is_due(begin + at(999), true));
    }

    #[test]
    fn steps_add_up_whatever_was_changed_meanwhile() {
        let (mut guide, plain) = bottleneck(None);
        let slowed = |wanted: &Wanted| wanted.filters.iter().map(|(_, slowed)| *slowed).collect::<Vec<_>>();
        assert_eq!(guide.wanted(&plain).strategy, "stages");
        assert_eq!(slowed(&guide.wanted(&plain)), [0.0, 0.0, 0.0]);
        assert!(guide.next());
        assert_eq!(slowed(&guide.wanted(&plain)), [100.0, 0.0, 0.0]);
        assert!(guide.next() && guide.next() && !guide.next());
        assert_eq!(slowed(&guide.wanted(&plain)), [100.0, 0.0, 200.0]);
        assert_eq!(guide.lesson().step, " step 4/4");
        guide.begin();
        assert_eq!(guide.wanted(&plain).strategy, "stages");
    }
}
