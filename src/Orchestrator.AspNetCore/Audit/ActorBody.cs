using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Orchestrator.AspNetCore.Bodies;

namespace Orchestrator.AspNetCore.Audit;

/// <summary>Who acts, as a request or a record names it.</summary>
internal sealed class ActorBody : RequestBody
{
    [JsonPropertyName("type")]
    [Required]
    [Description("operator or system.")]
    public string? Type { get; set; }

    [JsonPropertyName("id")]
    [Required]
    [StringLength(256, MinimumLength = 1)]
    public string? Id { get; set; }

    public Actor ToActor() => new(ActorTypes.TryParse(Type, out var type) ? type : (ActorType)(-1), Id ?? "");

    public static ActorBody? From(Actor? actor) => actor is null ? null : new() { Type = actor.Type.ToWireName(), Id = actor.Id };
}
