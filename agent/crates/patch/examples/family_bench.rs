//! How long the whole built-in family takes on one file of 300 lines: parse, match, every guard
//! and companion, all candidates. `cargo run --release -p bugstack-patch --example family_bench`

use std::path::Path;
use std::time::{Duration, Instant};
use std::{error::Error, fs, hint::black_box, io::Write as _};

use bugstack_patch::{Callee, Evidence, Library, Outcome, Place, ProjectFacts, Source};

const RUNS: usize = 200;

fn main() -> Result<(), Box<dyn Error>> {
    let library = library()?;
    let text = gateway();
    let line = text.lines().position(|line| line.contains("proved.send")).ok_or("no site")? + 1;
    let mut times = Vec::new();
    let mut sites = 0;
    for _ in 0..RUNS {
        let begin = Instant::now();
        sites = black_box(repair(&library, &text, u32::try_from(line)?)?);
        times.push(begin.elapsed());
    }
    times.sort();
    let at = |share: usize| times[share * (RUNS - 1) / 100];
    let mut out = std::io::stdout();
    writeln!(
        out,
        "{} lines, {sites} sites changed: fastest {}, median {}, 99 % {}",
        text.lines().count(),
        milliseconds(at(0)),
        milliseconds(at(50)),
        milliseconds(at(99)),
    )?;
    Ok(())
}

fn milliseconds(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1000.0)
}

fn library() -> Result<Library, Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../templates");
    let mut files = Vec::new();
    for entry in fs::read_dir(root)? {
        let file = entry?.path().join("template.yml");
        if let Some(id) = file.parent().and_then(Path::file_name)
            && file.exists()
        {
            let name = format!("{}/template.yml", id.to_string_lossy());
            files.push((name, fs::read_to_string(&file)?));
        }
    }
    files.sort();
    Ok(Library::load(files.iter().map(|(name, text)| (name.as_str(), text.as_str())))?)
}

fn repair(library: &Library, text: &str, line: u32) -> Result<usize, Box<dyn Error>> {
    let evidence = Evidence {
        message: "WebSocket is not open: readyState 3 (CLOSED)".into(),
        outcome: Some(Outcome::CalledBack),
        callee: Some(Callee { package: "ws".into(), function: "WebSocket.send".into() }),
        path: "src/rooms.gateway.ts".into(),
        place: Place::Exact { line, column: None },
        function: None,
    };
    let source = Source { path: &evidence.path, text };
    let project = ProjectFacts::default();
    let refused = |refusal: bugstack_patch::Refusal| refusal.explanation;
    let diagnosis = library.diagnose(&source, &evidence, &project).map_err(refused)?;
    let patches = library.patches(&source, &evidence, &diagnosis, &project).map_err(refused)?;
    let patch = patches.first().ok_or("no patch")?;
    patch.apply(&evidence.path, text).map_err(refused)?;
    Ok(patch.sites.len())
}

/// A gateway with rooms, private messages and a good deal of other code.
fn gateway() -> String {
    let mut text = String::from(
        "import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';\n\
         import { WebSocket } from 'ws';\n\n\
         @WebSocketGateway()\n\
         export class RoomsGateway {\n\
         \x20 private readonly members = new Set<WebSocket>();\n\n\
         \x20 handleConnection(client: WebSocket): void {\n\
         \x20   this.members.add(client);\n\
         \x20 }\n\n\
         \x20 announce(text: string): void {\n\
         \x20   for (const proved of this.members) {\n\
         \x20     proved.send(text);\n\
         \x20   }\n\
         \x20 }\n",
    );
    for number in 0.. {
        if text.lines().count() >= 290 {
            break;
        }
        text.push_str(&format!(
            "\n  @SubscribeMessage('event{number}')\n\
             \x20 async handle{number}(client: WebSocket, room: string): Promise<void> {{\n\
             \x20   const lines = await this.history.load(room, {{ limit: {number} }});\n\
             \x20   const text = JSON.stringify({{ event: 'event{number}', data: lines.map((it) => it.text) }});\n\
             \x20   if (lines.length > {number}) {{\n\
             \x20     client.send(text);\n\
             \x20   }}\n\
             \x20   this.logger.log(`sent ${{lines.length}} lines of ${{room}}`);\n\
             \x20 }}\n"
        ));
    }
    text.push_str("}\n");
    text
}
