using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Orchestrator.Core.Events;

/// <summary>Where a publisher stands, and which host has it until when. The version of the note that keeps it is the term of the lease.</summary>
/// <param name="Position">The place in the feed up to which everything was published.</param>
/// <param name="Owner">The host that has it.</param>
/// <param name="Until">Until when, on the store's clock.</param>
internal sealed record PublisherLease(string Position, string Owner, DateTimeOffset Until)
{
    /// <summary>Members that a newer version wrote and this one does not know: each lease is made from the one before, so that they stay.</summary>
    [JsonExtensionData]
    public IDictionary<string, JsonElement>? Unknown { get; set; }

    public static string KeyOf(string publisher) => "publisher/" + publisher;

    public bool IsFreeFor(string owner, DateTimeOffset now) => Owner == owner || Until <= now;

    public string Write() => JsonSerializer.Serialize(this, PublisherLeaseJson.Default.PublisherLease);

    /// <summary>Reads a note.</summary>
    /// <returns>Whether it is a lease as this version writes them.</returns>
    public static bool TryRead(string value, [NotNullWhen(true)] out PublisherLease? lease)
    {
        try
        {
            lease = JsonSerializer.Deserialize(value, PublisherLeaseJson.Default.PublisherLease);
        }
        catch (JsonException)
        {
            lease = null;
        }

        return lease is not null;
    }
}

[JsonSourceGenerationOptions(RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(PublisherLease))]
internal sealed partial class PublisherLeaseJson : JsonSerializerContext;
