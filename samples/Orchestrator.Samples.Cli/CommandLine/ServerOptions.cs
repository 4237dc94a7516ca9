using System.CommandLine;
using System.CommandLine.Parsing;
using System.Net.Http.Headers;
using Orchestrator.Samples.Cli.Output;

namespace Orchestrator.Samples.Cli.CommandLine;

/// <summary>The options that every verb has: which server, and how its answers are shown.</summary>
internal sealed class ServerOptions
{
    private const string AddressVariable = "ORCHESTRATOR_URL";

    // A token is no option: whoever lists the processes of the machine would see it.
    private const string TokenVariable = "ORCHESTRATOR_TOKEN";

    private const string UsualAddress = "http://localhost:5000";
    private const string UsualPrefix = "/api/v1";

    private readonly Option<Uri> _server = new("--server")
    {
        Description = $"The prefix of the server's API, or {AddressVariable}; to an address without a path {UsualPrefix} is added. {TokenVariable} is a bearer token, if one is needed.",
        HelpName = "URL",
        Recursive = true,
        DefaultValueFactory = ReadAddress,
        CustomParser = ReadAddress,
    };

    private readonly Option<bool> _json = new("--json")
    {
        Description = "Print JSON as the API has it: one document, or a line for each item of what goes on.",
        Recursive = true,
    };

    private readonly Option<double> _patience = new("--patience")
    {
        Description = "For how long a call is tried again while the server is away.",
        HelpName = "SECONDS",
        Recursive = true,
        DefaultValueFactory = _ => 10,
        CustomParser = Reading.Seconds,
    };

    public void AddTo(RootCommand root)
    {
        root.Add(_server);
        root.Add(_json);
        root.Add(_patience);
    }

    /// <summary>Says what a verb does.</summary>
    public void SetAction(Verb verb, Func<Session, ParseResult, CancellationToken, Task<ExitCode>> act) => verb.SetAction(async (parsed, cancellation) =>
    {
        using var http = new HttpClient { Timeout = Timeout.InfiniteTimeSpan };
        if (ReadVariable(TokenVariable) is { } token)
        {
            if (!IsPrintable(token))
            {
                Terminal.Note($"{TokenVariable} must be one line of printable ASCII without blanks.");
                return (int)ExitCode.BadUsage;
            }

            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        var options = new OrchestratorClientOptions { BaseAddress = parsed.GetRequiredValue(_server), Timeout = TimeSpan.FromSeconds(parsed.GetValue(_patience)) };
        var session = new Session(new OrchestratorClient(http, options), new Terminal(), parsed.GetValue(_json), TimeProvider.System);
        return (int)await act(session, parsed, cancellation);
    });

    private static Uri ReadAddress(ArgumentResult result)
    {
        var text = result.Tokens is [var token] ? token.Value.Trim() : ReadVariable(AddressVariable) ?? UsualAddress;
        if (Uri.TryCreate(text, UriKind.Absolute, out var address) && address.UserInfo.Length > 0)
        {
            result.AddError($"The address must have no user name: a credential is for {TokenVariable}.");
        }
        else if (address is { Scheme: "http" or "https", Query: "", Fragment: "" } && IsPrintable(text))
        {
            return address.AbsolutePath == "/" ? new Uri(address, UsualPrefix) : address;
        }
        else
        {
            result.AddError($"'{text}' must be an http or https address, such as {UsualAddress}.");
        }

        return new Uri(UsualAddress);
    }

    /// <summary>Reads a variable without the blanks around it, such as the line break at the end of a secret's file.</summary>
    private static string? ReadVariable(string name) => Environment.GetEnvironmentVariable(name)?.Trim() is { Length: > 0 } value ? value : null;

    private static bool IsPrintable(string text) => !text.AsSpan().ContainsAnyExceptInRange('!', '~');
}
