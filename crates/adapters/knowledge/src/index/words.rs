//! A question to the words that are looked up.

/// Of a longer question only the beginning is looked up.
const MAX_QUESTION_CHARS: usize = 1_000;
/// Words of a question that are looked up.
const MAX_WORDS: usize = 32;
/// A longer word is in no document.
const MAX_WORD_CHARS: usize = 40;

/// Words that questions are made of, whatever they are about.
const COMMON: [&str; 112] = [
    "a", "about", "after", "again", "all", "also", "am", "an", "and", "any", "are", "as", "at", "be", "been",
    "but", "by", "can", "could", "did", "do", "does", "don", "for", "from", "get", "give", "go", "going",
    "got", "had", "has", "have", "he", "hello", "help", "her", "here", "hi", "him", "his", "how", "i", "if",
    "in", "into", "is", "it", "its", "just", "know", "let", "like", "ll", "m", "many", "may", "me", "much",
    "my", "need", "no", "not", "now", "of", "okay", "on", "one", "or", "our", "out", "please", "re", "s",
    "say", "she", "should", "so", "some", "t", "tell", "than", "thank", "thanks", "that", "the", "their",
    "them", "then", "there", "these", "they", "this", "those", "to", "too", "up", "us", "ve", "want", "was",
    "we", "well", "were", "what", "when", "where", "which", "who", "why", "will", "with",
];

/// The telling words of a question, in lower case, each once.
pub(super) fn telling(question: &str) -> Vec<String> {
    let question: String = question.chars().take(MAX_QUESTION_CHARS).collect();
    let mut out: Vec<String> = Vec::new();
    for word in question.split(|c: char| !c.is_alphanumeric()) {
        let word = word.to_lowercase();
        let is_telling = !word.is_empty()
            && word.chars().count() <= MAX_WORD_CHARS
            && !COMMON.contains(&word.as_str())
            && !["would", "you", "your", "yes", "im", "ok"].contains(&word.as_str());
        if is_telling && !out.contains(&word) && out.len() < MAX_WORDS {
            out.push(word);
        }
    }
    out
}

/// A word as the full-text index takes it: quoted, so that nothing in it is an operator.
pub(super) fn quoted(word: &str) -> String {
    format!("\"{}\"", word.replace('"', ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn telling_words_remain() {
        assert_eq!(telling("How long does a REFUND take, a refund?"), ["long", "refund", "take"]);
        assert!(telling("What is it, and how do you do?").is_empty());
        assert!(telling("").is_empty());
        assert_eq!(telling(&"router modem ".repeat(9_999)), ["router", "modem"]);
        let many: String = (0..99).map(|index| format!("w{index} ")).collect();
        assert_eq!(telling(&many).len(), MAX_WORDS);
    }

    #[test]
    fn no_question_is_an_operator() {
        for question in ["NEAR(a b)", "heading:x AND \"y", "x* OR -z ^q", "'; drop table passages; --"] {
            for word in telling(question) {
                assert!(word.chars().all(char::is_alphanumeric), "{word}");
                assert!(quoted(&word).matches('"').count() == 2);
            }
        }
    }
}
