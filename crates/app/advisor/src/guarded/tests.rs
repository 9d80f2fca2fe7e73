//! The guards, in virtual time.

use std::sync::atomic::{AtomicUsize, Ordering};

use ports::testing::ScriptedModel;
use tokio::time::sleep;

use super::*;

/// What the n-th question comes to.
type Script = dyn Fn(usize) -> (Duration, Result<&'static str, LanguageModelError>) + Send + Sync;

/// Answers after a time that its script tells.
struct Slow {
    script: Box<Script>,
    asked: AtomicUsize,
    finished: Arc<AtomicUsize>,
}

impl Slow {
    fn new(
        script: impl Fn(usize) -> (Duration, Result<&'static str, LanguageModelError>) + Send + Sync + 'static,
    ) -> Arc<Self> {
        Arc::new(Self { script: Box::new(script), asked: AtomicUsize::new(0), finished: Arc::default() })
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    fn finished(&self) -> usize {
        self.finished.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl LanguageModel for Slow {
    fn name(&self) -> &str {
        "slow"
    }

    async fn answer(&self, prompt: &Prompt) -> Result<Answer, LanguageModelError> {
        let mut parts = self.stream(prompt).await?;
        loop {
            if let Some(AnswerPart::Done(answer)) = parts.next().await.transpose()? {
                return Ok(answer);
            }
        }
    }

    async fn stream(
        &self,
        _: &Prompt,
    ) -> Result<BoxStream<'static, Result<AnswerPart, LanguageModelError>>, LanguageModelError> {
        let n = self.asked.fetch_add(1, Ordering::SeqCst);
        let (time, said) = (self.script)(n);
        sleep(time).await;
        let text = said?.to_owned();
        let answer =
            Answer { text: text.clone(), model: "slow-1".to_owned(), input_tokens: 60, output_tokens: 40 };
        let finished = Arc::clone(&self.finished);
        let parts = stream::iter([AnswerPart::Text(text), AnswerPart::Done(answer)]).map(move |part| {
            if matches!(part, AnswerPart::Done(_)) {
                finished.fetch_add(1, Ordering::SeqCst);
            }
            Ok(part)
        });
        Ok(parts.boxed())
    }
}

fn prompt() -> Prompt {
    Prompt {
        tenant: TenantId::new("acme").expect("a name"),
        purpose: "hint",
        instructions: String::new(),
        material: String::new(),
        schema: None,
        max_tokens: 10,
        timeout: secs(4),
    }
}

const fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

/// Two of the first are slow, so that half a second is known to be.
fn usual(n: usize) -> (Duration, Result<&'static str, LanguageModelError>) {
    (Duration::from_millis(if n < 2 { 500 } else { 200 }), Ok("usual"))
}

fn code(answer: Result<Answer, LanguageModelError>) -> &'static str {
    answer.map_or_else(|error| error.code(), |_| "answered")
}

#[tokio::test(start_paused = true)]
async fn a_guarded_model_says_what_is_behind_it_says() {
    let model = GuardedModel::new(Arc::new(ScriptedModel::obedient()), Limits::default());
    assert_eq!(model.name(), "scripted");
    let told = Prompt { material: "say one two three".to_owned(), ..prompt() };
    assert_eq!(model.answer(&told).await.unwrap().text, "one two three");
    let parts: Vec<_> = model.stream(&told).await.unwrap().map(Result::unwrap).collect().await;
    let [AnswerPart::Text(one), .., AnswerPart::Done(whole)] = &parts[..] else { panic!("{parts:?}") };
    assert_eq!((one.as_str(), whole.text.as_str()), ("one ", "one two three"));
    let empty = Prompt { material: "say ".to_owned(), ..prompt() };
    assert_eq!(code(model.answer(&empty).await), "model_rubbish");
    assert_eq!(model.status().state, ModelState::Well);
}

#[tokio::test(start_paused = true)]
async fn one_that_hangs_is_given_up_and_then_left_alone_until_it_answers() {
    let slow = Slow::new(|n| if n < 6 { (secs(3_600), Ok("late")) } else { (secs(1), Ok("yes")) });
    let model = GuardedModel::new(Arc::clone(&slow) as _, Limits::default());
    for _ in 0..5 {
        assert_eq!(code(model.answer(&prompt()).await), "model_timeout");
    }
    let began = Instant::now();
    assert_eq!(code(model.answer(&prompt()).await), "model_left_alone");
    assert_eq!(began.elapsed(), Duration::ZERO, "nobody waits for one that is left alone");
    let status = model.status();
    assert_eq!((status.state, status.cause), (ModelState::Failing, Some("model_timeout")));

    sleep(secs(10)).await;
    assert_eq!(code(model.answer(&prompt()).await), "model_timeout", "one question tries it");
    sleep(secs(20)).await;
    assert_eq!(code(model.answer(&prompt()).await), "answered");
    assert_eq!(slow.asked(), 7);
    let status = model.status();
    assert_eq!((status.state, status.cause, status.under_way), (ModelState::Well, None, 0));
}

#[tokio::test(start_paused = true)]
async fn one_that_is_busy_is_left_alone_for_as_long_as_it_says() {
    let busy = || LanguageModelError::Busy { retry_after: Some(secs(7)) };
    let slow = Slow::new(move |n| (Duration::ZERO, if n == 0 { Err(busy()) } else { Ok("yes") }));
    let model = GuardedModel::new(Arc::clone(&slow) as _, Limits::default());
    assert_eq!(code(model.answer(&prompt()).await), "model_busy");
    sleep(secs(6)).await;
    assert_eq!(code(model.answer(&prompt()).await), "model_busy");
    assert_eq!(slow.asked(), 1);
    sleep(secs(1)).await;
    assert_eq!(code(model.answer(&prompt()).await), "answered");
}

#[tokio::test(start_paused = true)]
async fn a_spent_budget_is_one_tenants_own() {
    let slow = Slow::new(|_| (Duration::ZERO, Ok("yes")));
    let budget = Budget { tokens_per_minute: Some(150), ..Budget::default() };
    let model = GuardedModel::new(slow, Limits { budget, ..Limits::default() });
    assert_eq!(code(model.answer(&prompt()).await), "answered");
    assert_eq!(code(model.answer(&prompt()).await), "answered");
    assert_eq!(code(model.answer(&prompt()).await), "model_budget_spent");
    let other = Prompt { tenant: TenantId::new("other").unwrap(), ..prompt() };
    assert_eq!(code(model.answer(&other).await), "answered");
    sleep(secs(60)).await;
    assert_eq!(code(model.answer(&prompt()).await), "answered");
}

#[tokio::test(start_paused = true)]
async fn so_many_are_asked_at_once_and_so_many_wait() {
    let slow = Slow::new(|_| (secs(1), Ok("yes")));
    let model = GuardedModel::new(Arc::clone(&slow) as _, Limits { at_once: 2, ..Limits::default() });
    let all = futures_util::future::join_all((0..20).map(|_| {
        let model = model.clone();
        async move { code(model.answer(&prompt()).await) }
    }));
    let codes = all.await;
    // Two each second, for as long as a question waits; those that the line has no place for are told at once.
    let count = |wanted: &str| codes.iter().filter(|code| **code == wanted).count();
    assert_eq!((count("answered"), count("model_busy")), (6, 14));
    assert_eq!(slow.asked(), 6);
    assert_eq!(model.status().under_way, 0);
}

#[tokio::test(start_paused = true)]
async fn a_slow_question_is_asked_again_and_the_first_answer_counts() {
    let slow = Slow::new(|n| match n {
        0..30 => usual(n),
        30 => (secs(3_600), Ok("late")),
        _ => (Duration::from_millis(200), Ok("second")),
    });
    let model = GuardedModel::new(Arc::clone(&slow) as _, Limits::default());
    for _ in 0..30 {
        model.answer(&prompt()).await.unwrap();
    }
    let began = Instant::now();
    assert_eq!(model.answer(&prompt()).await.unwrap().text, "second");
    assert_eq!(began.elapsed(), Duration::from_millis(500 + 200));
    assert_eq!(slow.asked(), 32);
    assert_eq!(slow.finished(), 31, "the slow one was taken back");
    assert_eq!(model.status().under_way, 0);
}

#[tokio::test(start_paused = true)]
async fn without_hedging_nothing_is_asked_twice() {
    let slow = Slow::new(|n| if n == 30 { (secs(3), Ok("late")) } else { usual(n) });
    let model = GuardedModel::new(Arc::clone(&slow) as _, Limits { hedging: false, ..Limits::default() });
    for _ in 0..31 {
        model.answer(&prompt()).await.unwrap();
    }
    assert_eq!(slow.asked(), 31);
}

#[tokio::test(start_paused = true)]
async fn the_other_question_may_still_answer_when_one_fails() {
    let slow = Slow::new(|n| match n {
        30 => (secs(1), Err(LanguageModelError::Timeout)),
        31 => (secs(2), Ok("second")),
        _ => usual(n),
    });
    let model = GuardedModel::new(slow, Limits::default());
    for _ in 0..30 {
        model.answer(&prompt()).await.unwrap();
    }
    assert_eq!(model.answer(&prompt()).await.unwrap().text, "second");
}

#[tokio::test(start_paused = true)]
async fn a_question_that_is_dropped_leaves_its_place() {
    let slow = Slow::new(|_| (secs(2), Ok("yes")));
    let model = GuardedModel::new(slow, Limits { at_once: 1, ..Limits::default() });
    let asked = tokio::time::timeout(secs(1), model.answer(&prompt())).await;
    assert!(asked.is_err());
    assert_eq!(model.status().under_way, 0);
    assert_eq!(code(model.answer(&prompt()).await), "answered");
    let parts = model.stream(&prompt()).await.unwrap();
    assert_eq!(model.status().under_way, 1);
    drop(parts);
    assert_eq!(model.status().under_way, 0);
}
