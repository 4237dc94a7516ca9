using System.Text.Json;
using System.Text.Json.Serialization;

namespace Orchestrator.AspNetCore.Http;

/// <summary>Reads an integer, also one that is written with a zero fraction or an exponent, such as <c>1001.0</c> and <c>1e3</c>.</summary>
internal sealed class Int64Converter : JsonConverter<long>
{
    public override long Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.Number)
        {
            throw new JsonException();
        }

        return reader.TryGetInt64(out var number) || WholeNumber.TryParse(reader.ValueSpan, out number) ? number : throw new JsonException();
    }

    public override void Write(Utf8JsonWriter writer, long value, JsonSerializerOptions options) => writer.WriteNumberValue(value);
}

/// <summary><inheritdoc cref="Int64Converter" path="/summary"/></summary>
internal sealed class Int32Converter : JsonConverter<int>
{
    public override int Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.Number)
        {
            throw new JsonException();
        }

        return reader.TryGetInt32(out var number) ? number
            : WholeNumber.TryParse(reader.ValueSpan, out var wide) && wide is >= int.MinValue and <= int.MaxValue ? (int)wide
            : throw new JsonException();
    }

    public override void Write(Utf8JsonWriter writer, int value, JsonSerializerOptions options) => writer.WriteNumberValue(value);
}
