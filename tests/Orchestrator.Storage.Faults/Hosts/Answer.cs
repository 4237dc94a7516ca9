using System.Net;
using System.Text.Json.Nodes;

namespace Orchestrator.Storage.Faults.Hosts;

/// <summary>What a host answered.</summary>
public sealed record Answer(HttpStatusCode Status, string Text)
{
    public JsonNode Body => JsonNode.Parse(Text)!;

    /// <summary>This answer, which must be a success.</summary>
    public Answer Succeeded()
    {
        Assert.True((int)Status is >= 200 and < 300, $"{(int)Status} {Text}");
        return this;
    }
}
