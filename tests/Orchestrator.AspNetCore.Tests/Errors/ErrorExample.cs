using Orchestrator.AspNetCore.Tests.Http;

namespace Orchestrator.AspNetCore.Tests.Errors;

/// <summary>A request that is refused, on a host that was made ready for it.</summary>
/// <param name="Request">Method and path below the prefix, and, after a blank, the body.</param>
/// <param name="When">What the host has, in words; empty for nothing.</param>
internal sealed record ErrorExample(string Request, string When = "")
{
    /// <summary>Makes the host ready.</summary>
    public Func<TestHost, Task> Prepare { get; init; } = _ => Task.CompletedTask;

    /// <summary>The headers of the request beside the content type.</summary>
    public (string Name, string Value)[] Headers { get; init; } = [];

    /// <summary>The media type of the body.</summary>
    public string ContentType { get; init; } = "application/json";

    /// <summary>What the body is followed by where it is sent, and not where it is shown.</summary>
    public string Rest { get; init; } = "";

    /// <summary>The options of the host.</summary>
    public Action<OrchestratorOptions>? Options { get; init; }

    /// <summary>Whether the store of the host does not answer.</summary>
    public bool WithoutStore { get; init; }

    /// <summary>Causes the refusal on a host of its own.</summary>
    public async Task<Reply> CauseAsync()
    {
        FaultyStore? store = null;
        await using var host = await TestHost.StartAsync(Options, builder => FaultyStore.Use(builder, created => store = created));
        await Prepare(host);
        store!.Fails = _ => WithoutStore;
        var parts = Request.Split(' ', 3);
        var content = parts.Length < 3 ? null : TestHost.Json(parts[2] + Rest, ContentType);
        if (Headers.Any(header => header.Name == "Content-Encoding"))
        {
            content!.Headers.ContentEncoding.Add("gzip");
        }

        return await host.SendAsync(HttpMethod.Parse(parts[0]), parts[1][1..], content, [.. Headers.Where(header => header.Name != "Content-Encoding")]);
    }

    /// <summary>The request as a document shows it.</summary>
    public string Show()
    {
        var parts = Request.Split(' ', 3);
        string[] shown =
        [
            $"`{parts[0]} {parts[1]}`",
            parts.Length < 3 || parts[2].Length == 0 ? "" : $"`{parts[2]}`",
            .. Headers.Select(header => $"`{header.Name}: {header.Value}`"),
            ContentType == "application/json" ? "" : $"`Content-Type: {ContentType}`",
            When.Length == 0 ? "" : $"({When})",
        ];
        return string.Join(' ', shown.Where(part => part.Length > 0));
    }
}
