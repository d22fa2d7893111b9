use super::*;

const OPENED: &str = r#"{
  "name": "Opened", "version": 1, "source": "shop", "about": "The shop & its door are open.",
  "owners": ["open", "reopen"], "consumers": {"lamp": [], "sign": []}, "schema": true, "examples": [{}]
}"#;

#[test]
fn every_event_is_told_with_those_who_publish_and_those_who_read_it() {
    let (dir, workspace) = workspace(1);
    let folder = dir.path().join("tests/catalogue");
    fs::create_dir_all(&folder).unwrap();
    let error = message(&workspace, "events", "");
    assert!(error.ends_with("tests/catalogue holds no event"), "{error}");

    fs::write(folder.join("Opened.v1.json"), OPENED).unwrap();
    let next = OPENED.replace("\"version\": 1", "\"version\": 2");
    let next = next.replace(r#"{"lamp": [], "sign": []}"#, "{}");
    fs::write(folder.join("Opened.v2.json"), next).unwrap();
    let html = render(&workspace, "events", "").unwrap();
    let rows: Vec<&str> = html
        .lines()
        .filter(|line| line.contains("<code>"))
        .collect();
    assert_eq!(
        rows,
        [
            "<tr><th scope=\"row\"><code>Opened</code></th><td class=\"num\">1</td>\
             <td>The shop &amp; its door are open.</td>\
             <td><code>open</code>, <code>reopen</code></td><td><code>lamp</code>, <code>sign</code></td></tr>",
            "<tr><th scope=\"row\"><code>Opened</code></th><td class=\"num\">2</td>\
             <td>The shop &amp; its door are open.</td>\
             <td><code>open</code>, <code>reopen</code></td><td>nobody</td></tr>",
        ]
    );
    let error = message(&workspace, "events", "adopt");
    assert_eq!(error, "{{#events adopt}}: it takes nothing");
}
