using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Serialization;
using Orchestrator.AspNetCore.Audit;
using Orchestrator.AspNetCore.Bodies;
using Orchestrator.AspNetCore.Http;

namespace Orchestrator.AspNetCore.Commands;

internal sealed class CommandRequest : RequestBody
{
    [JsonIgnore]
    public override IEnumerable<(string Member, RequestBody? Body)> Parts => [("actor", Actor)];

    [JsonPropertyName("id")]
    [Description("Absent: a fresh one.")]
    public string? Id { get; set; }

    [JsonPropertyName("type")]
    [Required]
    [Description("pause, resume, terminate or tune.")]
    public string? Type { get; set; }

    [JsonPropertyName("issued_at")]
    [Description("RFC 3339. Data, never an order.")]
    public string? IssuedAt { get; set; }

    [JsonPropertyName("expires_at")]
    [Description("RFC 3339. A command that was not delivered by then lapses.")]
    public string? ExpiresAt { get; set; }

    [JsonPropertyName("actor")]
    [Description("Required, unless the caller is authenticated.")]
    public ActorBody? Actor { get; set; }

    [JsonPropertyName("payload")]
    [Description("Of terminate: reason, final_checkpoint. Of tune: tunables and notes. Else absent, null or {}.")]
    public JsonElement? Payload { get; set; }

    /// <summary>Text that is no id, type or time becomes a value that no rule allows, so that every fault is told at once.</summary>
    public NewCommand ToCommand() => new()
    {
        Id = Id is null ? null : CommandId.TryParse(Id, out var id) ? id : default(CommandId),
        Type = Type is null ? null : CommandTypes.TryParse(Type, out var type) ? type : (CommandType)(-1),
        Actor = Actor?.ToActor(),
        Payload = Payload,
        IssuedAt = Rfc3339.OrDefault(IssuedAt),
        ExpiresAt = Rfc3339.OrDefault(ExpiresAt),
    };
}
