using System.Text.Json;

namespace Orchestrator.AspNetCore.Tests.Http;

/// <summary>An answer as a test looks at it. Of a stream of events, which does not end, without a body.</summary>
internal sealed record Reply(int Status, string Body, string? ContentType, long? ContentLength, IReadOnlyDictionary<string, string> Headers)
{
    public const string EventStream = "text/event-stream";

    public JsonElement Json => JsonElement.Parse(Body);

    public JsonElement this[string member] => Json.GetProperty(member);

    public string Code => this["error"].GetProperty("code").GetString()!;

    public JsonElement Details => this["error"].GetProperty("details");

    /// <summary>The members that a 422 names.</summary>
    public string[] Faulty => [.. Details.GetProperty("errors").EnumerateObject().Select(member => member.Name).Order(StringComparer.Ordinal)];

    public static async Task<Reply> ReadAsync(HttpResponseMessage response)
    {
        var headers = response.Headers.Concat(response.Content.Headers)
            .ToDictionary(header => header.Key, header => string.Join(", ", header.Value), StringComparer.OrdinalIgnoreCase);
        var contentType = response.Content.Headers.ContentType?.ToString();
        return new Reply(
            (int)response.StatusCode,
            contentType == EventStream ? "" : await response.Content.ReadAsStringAsync(),
            contentType,
            response.Content.Headers.ContentLength,
            headers);
    }

    /// <summary>Asserts a refusal as section 8 of the contract shapes it.</summary>
    public Reply Refused(int status, string code)
    {
        Assert.True(status == Status, $"expected {status} {code}, got {Status} {Body}");
        Assert.Equal("application/problem+json", ContentType);
        Assert.Equal(status, this["status"].GetInt32());
        Assert.Equal(code, Code);
        Assert.Equal("urn:orchestrator:error:" + code, this["type"].GetString());
        Assert.NotEmpty(this["title"].GetString()!);
        Assert.Equal(this["detail"].GetString(), this["error"].GetProperty("message").GetString());
        Assert.Equal(JsonValueKind.Object, Details.ValueKind);
        return this;
    }

    public Reply Is(int status)
    {
        Assert.True(status == Status, $"expected {status}, got {Status} {Body}");
        return this;
    }
}
