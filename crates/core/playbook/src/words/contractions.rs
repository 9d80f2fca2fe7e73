//! Contractions, and what they stand for.

/// Words after which `'s` is `is`; elsewhere it is a genitive and falls away.
const BEFORE_IS: &[&str] =
    &["he", "here", "how", "it", "she", "that", "there", "this", "what", "when", "where", "who", "why"];

/// What is written without an apostrophe, by people and by recognisers.
const BARE: &[(&str, &[&str])] = &[
    ("aint", &["is", "not"]),
    ("alright", &["all", "right"]),
    ("arent", &["are", "not"]),
    ("cannot", &["can", "not"]),
    ("cant", &["can", "not"]),
    ("couldnt", &["could", "not"]),
    ("didnt", &["did", "not"]),
    ("doesnt", &["does", "not"]),
    ("dont", &["do", "not"]),
    ("gonna", &["going", "to"]),
    ("gotta", &["got", "to"]),
    ("hadnt", &["had", "not"]),
    ("hasnt", &["has", "not"]),
    ("havent", &["have", "not"]),
    ("im", &["i", "am"]),
    ("isnt", &["is", "not"]),
    ("ive", &["i", "have"]),
    ("okay", &["ok"]),
    ("shouldnt", &["should", "not"]),
    ("thats", &["that", "is"]),
    ("theres", &["there", "is"]),
    ("theyre", &["they", "are"]),
    ("theyve", &["they", "have"]),
    ("wanna", &["want", "to"]),
    ("wasnt", &["was", "not"]),
    ("werent", &["were", "not"]),
    ("weve", &["we", "have"]),
    ("whats", &["what", "is"]),
    ("wont", &["will", "not"]),
    ("wouldnt", &["would", "not"]),
    ("youll", &["you", "will"]),
    ("youre", &["you", "are"]),
    ("youve", &["you", "have"]),
];

/// Adds what a word stands for. It may hold apostrophes, which what is added does not.
pub(super) fn expand(word: String, out: &mut Vec<String>) {
    if let Some((_, whole)) = BARE.iter().find(|(bare, _)| *bare == word) {
        out.extend(whole.iter().map(|&word| word.to_owned()));
        return;
    }
    if !word.contains('\'') {
        out.push(word);
        return;
    }
    let ends = [("'ll", "will"), ("'re", "are"), ("'ve", "have"), ("'m", "am"), ("'d", "would")];
    if let Some(base) = word.strip_suffix("n't") {
        out.extend([negated(base), "not".to_owned()]);
    } else if word == "let's" {
        out.extend(["let".to_owned(), "us".to_owned()]);
    } else if let Some(base) = word.strip_suffix("'s") {
        push(base, out);
        if BEFORE_IS.contains(&base) {
            out.push("is".to_owned());
        }
    } else if let Some((base, whole)) =
        ends.iter().find_map(|(end, whole)| Some((word.strip_suffix(end)?, whole)))
    {
        push(base, out);
        out.push((*whole).to_owned());
    } else {
        push(&word, out);
    }
}

fn push(word: &str, out: &mut Vec<String>) {
    let word = word.replace('\'', "");
    if !word.is_empty() {
        out.push(word);
    }
}

/// What stands before `n't`.
fn negated(base: &str) -> String {
    match base {
        "wo" => "will".to_owned(),
        "ca" | "" => "can".to_owned(),
        "sha" => "shall".to_owned(),
        "ai" => "is".to_owned(),
        other => other.replace('\'', ""),
    }
}
