using System.Text.Json;
using System.Text.Json.Serialization;

namespace Orchestrator.Core.Events;

/// <summary>Where a publisher stands, and which host has it until when. The version of the note that keeps it is the term of the lease.</summary>
/// <param name="Position">The place in the feed up to which everything was published.</param>
/// <param name="Owner">The host that has it.</param>
/// <param name="Until">Until when, on the store's clock.</param>
internal sealed record PublisherLease(string Position, string Owner, DateTimeOffset Until)
{
    public static string KeyOf(string publisher) => "publisher/" + publisher;

    public bool IsFreeFor(string owner, DateTimeOffset now) => Owner == owner || Until <= now;

    public string Write() => JsonSerializer.Serialize(this, PublisherLeaseJson.Default.PublisherLease);

    public static PublisherLease? Read(string value) => JsonSerializer.Deserialize(value, PublisherLeaseJson.Default.PublisherLease);
}

[JsonSerializable(typeof(PublisherLease))]
internal sealed partial class PublisherLeaseJson : JsonSerializerContext;
