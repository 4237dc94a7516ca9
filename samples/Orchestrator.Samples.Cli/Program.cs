using System.CommandLine;
using Orchestrator.Samples.Cli.Audit;
using Orchestrator.Samples.Cli.CommandLine;
using Orchestrator.Samples.Cli.Commands;
using Orchestrator.Samples.Cli.Events;
using Orchestrator.Samples.Cli.Runs;

var server = new ServerOptions();
var root = new RootCommand("Lists, watches and commands the runs of an orchestrator.\n\n" + ExitCodes.Help)
{
    new Verb("runs", "Look at runs.") { ListVerb.Create(server), ShowVerb.Create(server), WatchVerb.Create(server) },
    ControlVerbs.Pause(server),
    ControlVerbs.Resume(server),
    ControlVerbs.Tune(server),
    ControlVerbs.Terminate(server),
    EventsVerb.Create(server),
    new Verb("audit", "Look at who did what.") { VerifyVerb.Create(server) },
};
server.AddTo(root);
return await Invocation.RunAsync(root, args);
