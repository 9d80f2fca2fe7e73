//! Shows how far a download is: a bar on a terminal, a line now and then elsewhere.

use std::io::IsTerminal as _;

use indicatif::{ProgressBar, ProgressStyle};
use onnx::{Package, PullEvent};

/// A line per so many percent where there is no terminal.
const LINE_EVERY_PERCENT: u64 = 25;

#[derive(Default)]
pub(crate) struct Progress {
    bar: Option<ProgressBar>,
    said_percent: u64,
}

impl Progress {
    pub(crate) fn show(&mut self, event: PullEvent<'_>) {
        match event {
            PullEvent::Locating(package) => self.begin(package),
            PullEvent::Fetched { package, bytes, total } => self.advance(package, bytes, total),
            PullEvent::Stored(entry) => self.say(&format!("checked {}", entry.file)),
            _ => {}
        }
    }

    fn begin(&mut self, package: &Package) {
        self.said_percent = 0;
        if !std::io::stderr().is_terminal() {
            return self.say(&format!("fetching {} {}", package.name, package.version));
        }
        let bar = self.bar.get_or_insert_with(|| ProgressBar::new(0));
        let style = "{msg} [{bar:30}] {bytes}/{total_bytes} {bytes_per_sec}";
        if let Ok(style) = ProgressStyle::with_template(style) {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.set_message(format!("{} {}", package.name, package.version));
        bar.set_position(0);
    }

    fn advance(&mut self, package: &Package, bytes: u64, total: Option<u64>) {
        if let Some(bar) = &self.bar {
            if let Some(total) = total {
                bar.set_length(total);
            }
            return bar.set_position(bytes);
        }
        let percent = bytes * 100 / total.unwrap_or(bytes).max(1);
        if percent >= self.said_percent + LINE_EVERY_PERCENT {
            self.said_percent = percent - percent % LINE_EVERY_PERCENT;
            self.say(&format!("{} {}: {}%", package.name, package.version, self.said_percent));
        }
    }

    #[expect(clippy::print_stderr, reason = "progress is for people and no output")]
    fn say(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| eprintln!("{text}")),
            None => eprintln!("{text}"),
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
