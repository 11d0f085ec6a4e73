//! A project that is not ours: what `nest new` makes, one gateway, a crash under a real client.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use bugstack_tests::agent::line_with;
use bugstack_tests::wait::until;
use bugstack_tests::world::World;

/// Start and crash of the application.
const SOON: Duration = Duration::from_secs(60);
/// A release of the starter, and what its projects are like.
struct Starter {
    cli: &'static str,
    websockets: [&'static str; 4],
    /// What a relative import ends in.
    extension: &'static str,
}

/// CommonJS, tested by jest.
const ELEVEN: Starter = Starter {
    cli: "@nestjs/cli@11.0.24",
    websockets: ["@nestjs/websockets@^11", "@nestjs/platform-ws@^11", "ws@^8", "@types/ws@^8"],
    extension: "",
};
/// Native modules, tested by vitest.
const TWELVE: Starter = Starter {
    cli: "@nestjs/cli@12.0.8",
    websockets: ["@nestjs/websockets@^12", "@nestjs/platform-ws@^12", "ws@^8", "@types/ws@^8"],
    extension: ".js",
};
const FLAGS: [&str; 4] = ["--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts"];

const GATEWAY: &str = "import { MessageBody, OnGatewayConnection, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { WebSocket } from 'ws';

@WebSocketGateway({ path: '/alerts' })
export class AlertsGateway implements OnGatewayConnection {
  private readonly listeners = new Set<WebSocket>();

  handleConnection(client: WebSocket): void {
    this.listeners.add(client);
  }

  @SubscribeMessage('alert')
  async raise(@MessageBody() text: string): Promise<void> {
    const alert = JSON.stringify({ event: 'alert', data: text });
    for (const listener of this.listeners) {
      await new Promise<void>((resolve, reject) => {
        listener.send(alert, (error) => (error ? reject(error) : resolve()));
      });
    }
  }
}
";
const MAIN: &str = "import { NestFactory } from '@nestjs/core';
import { WsAdapter } from '@nestjs/platform-ws';
import { AppModule } from './app.module';

async function bootstrap() {
  const app = await NestFactory.create(AppModule);
  app.useWebSocketAdapter(new WsAdapter(app));
  await app.listen(process.env.PORT ?? 3000);
  console.log(`listening on ${new URL(await app.getUrl()).port}`);
}
void bootstrap();
";
/// One listener leaves, another raises an alert.
const CLIENTS: &str = "
const { once } = require('node:events');
const { WebSocket } = require('ws');
(async () => {
  const connect = async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${process.env.PORT}/alerts`);
    await once(socket, 'open');
    return socket;
  };
  const leaver = await connect();
  const stayer = await connect();
  leaver.close();
  await once(leaver, 'close');
  stayer.send(JSON.stringify({ event: 'alert', data: 'fire' }));
  await once(process.stdin.resume(), 'end');
  process.exit();
})();
";

#[test]
fn a_fresh_starter_with_one_gateway_is_fixed() {
    is_fixed(&ELEVEN);
}

#[test]
fn a_fresh_starter_of_native_modules_is_fixed() {
    is_fixed(&TWELVE);
}

fn is_fixed(starter: &Starter) {
    let extension = starter.extension;
    let world = World::new(&[(".gitignore", "node_modules/\ndist/\n")]).unwrap();
    let cli = world.beside("cli");
    fs::create_dir(&cli).unwrap();
    fs::write(cli.join("package.json"), "{ \"private\": true }\n").unwrap();
    run(&cli, "npm", &[&["install", starter.cli], FLAGS.as_slice()].concat());
    let nest = cli.join("node_modules/@nestjs/cli/bin/nest.js");
    let place = world.repository();
    let (nest, folder) = (nest.to_str().unwrap(), place.to_str().unwrap());
    let new = ["new", "starter", "--directory", "repository", "--skip-install", "--skip-git"];
    let plain = ["--package-manager", "npm", "--language", "TS"];
    run(place.parent().unwrap(), "node", &[&[nest], new.as_slice(), &plain].concat());
    assert!(place.join("nest-cli.json").is_file(), "no starter in {folder}");

    let main = MAIN.replace("./app.module", &format!("./app.module{extension}"));
    world.write(&[("src/alerts/alerts.gateway.ts", GATEWAY), ("src/main.ts", &main)]).unwrap();
    let module = world.read("src/app.module.ts").unwrap();
    let module = module
        .replace("providers: [AppService]", "providers: [AppService, AlertsGateway]")
        .replace(
            "import { AppService }",
            &format!(
                "import {{ AlertsGateway }} from './alerts/alerts.gateway{extension}';\n\
                 import {{ AppService }}"
            ),
        );
    assert_eq!(module.matches("AlertsGateway").count(), 2, "{module}");
    world.write(&[("src/app.module.ts", &module)]).unwrap();
    run(&place, "npm", &[&["install"], starter.websockets.as_slice(), &FLAGS].concat());
    run(&place, "npm", &["run", "build"]);
    world.commit("Start").unwrap();

    let trace = crash(&world);
    assert!(trace.contains("WebSocket is not open: readyState "), "{trace}");
    let before = world.look().unwrap();
    let run = world.fix(&trace, &["--format", "json"]).unwrap();
    let told = run.json().unwrap();
    assert_eq!((run.code, &told["outcome"]), (0, &"fixed".into()), "{trace}\n{told:#}");
    assert_eq!(told["site"]["path"], "src/alerts/alerts.gateway.ts");
    assert_eq!(told["site"]["line"], 17);
    let proof = &told["proof"];
    assert_eq!(proof["tried"][0]["verdict"], "proven", "{told:#}");
    assert_eq!(proof["types"]["new"], serde_json::json!([]));
    assert_eq!(proof["baseline"]["passed"], 1);
    assert!(world.look().unwrap() == before, "the repository is not as it was");
}

/// Runs a program to its good end.
fn run(folder: &Path, program: &str, arguments: &[&str]) {
    let output = Command::new("timeout")
        .args(["300", program])
        .args(arguments)
        .current_dir(folder)
        .env("CI", "true")
        .env("NO_COLOR", "1")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let said = said + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {arguments:?}: {said}");
}

/// Runs the built application and its clients, and returns what it logs when a send fails.
fn crash(world: &World) -> String {
    let log = world.beside("log");
    let file = fs::File::create(&log).unwrap();
    let mut app = node(world, &["dist/main.js"], "0", file.into());
    let port = line_with(app.0.stdout.take().unwrap(), "listening on ").unwrap();
    let _clients = node(world, &["-e", CLIENTS], &port, Stdio::inherit());
    let said = until("an error in the log", SOON, || {
        let said = fs::read_to_string(&log)?;
        // The application writes an error with its stack at once.
        Ok((said.contains("WsExceptionsHandler") && said.ends_with('\n')).then_some(said))
    });
    said.unwrap()
}

/// A process that is killed when dropped.
struct Running(std::process::Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Its standard input stays open as long as it may run.
fn node(world: &World, arguments: &[&str], port: &str, log: Stdio) -> Running {
    let child = Command::new("node")
        .args(arguments)
        .current_dir(world.repository())
        .env_remove("NODE_OPTIONS")
        .env("NO_COLOR", "1")
        .env("PORT", port)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(log)
        .spawn();
    Running(child.unwrap())
}
