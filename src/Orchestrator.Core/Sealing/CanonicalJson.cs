using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Unicode;

namespace Orchestrator.Core.Sealing;

/// <summary>
/// The canonical form of JSON that RFC 8785 (JCS) defines: one sequence of UTF-8 bytes for all texts that mean the same. No white space,
/// members sorted by the UTF-16 code units of their names, texts escaped only where they must be, numbers as ECMAScript writes them
/// (see <see cref="CanonicalNumber"/> for those that ECMAScript cannot hold).
/// </summary>
internal static class CanonicalJson
{
    /// <summary>The canonical form of a JSON value.</summary>
    /// <exception cref="ArgumentException">The value is <c>default</c>, has a member twice, holds a text that is not Unicode (half a
    /// surrogate pair, bytes that are not UTF-8), or nests deeper than the stack allows.</exception>
    public static byte[] GetBytes(JsonElement value)
    {
        var writer = new CanonicalWriter(stackalloc byte[CanonicalWriter.SmallSize]);
        Write(ref writer, value);
        return writer.ToArray();
    }

    /// <summary>Whether two values mean the same, numbers compared by all their digits.</summary>
    /// <exception cref="ArgumentException">As for <see cref="GetBytes(JsonElement)"/>.</exception>
    public static bool AreSame(JsonElement one, JsonElement other)
    {
        try
        {
            return JsonElement.DeepEquals(one, other);
        }
        catch (ArgumentOutOfRangeException)
        {
            // It cannot compare numbers whose exponents fit no int.
            return GetBytes(one).AsSpan().SequenceEqual(GetBytes(other));
        }
    }

    /// <summary>The canonical form of a JSON text.</summary>
    /// <exception cref="JsonException">The text is not JSON.</exception>
    /// <exception cref="ArgumentException">As for a value.</exception>
    public static byte[] GetBytes(ReadOnlySpan<byte> utf8Json) => GetBytes(JsonElement.Parse(utf8Json));

    /// <summary>Appends the canonical form of a JSON value.</summary>
    /// <exception cref="ArgumentException">As for a value.</exception>
    public static void Write(ref CanonicalWriter writer, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                WriteObject(ref writer, value);
                break;
            case JsonValueKind.Array:
                WriteArray(ref writer, value);
                break;
            case JsonValueKind.String:
                WriteText(ref writer, value);
                break;
            case JsonValueKind.Number:
                CanonicalNumber.Write(ref writer, JsonMarshal.GetRawUtf8Value(value));
                break;
            case JsonValueKind.True:
                writer.Raw("true"u8);
                break;
            case JsonValueKind.False:
                writer.Raw("false"u8);
                break;
            case JsonValueKind.Null:
                writer.Raw("null"u8);
                break;
            default:
                throw new ArgumentException("there is no JSON value: this is the default of JsonElement", nameof(value));
        }
    }

    private static void WriteObject(ref CanonicalWriter writer, JsonElement value)
    {
        GuardStack();
        var members = new (string Name, JsonElement Value)[value.GetPropertyCount()];
        var count = 0;
        foreach (var member in value.EnumerateObject())
        {
            members[count++] = (NameOf(member), member.Value);
        }

        Array.Sort(members, static (x, y) => string.CompareOrdinal(x.Name, y.Name));
        writer.StartObject();
        for (var i = 0; i < members.Length; i++)
        {
            if (i > 0 && members[i].Name == members[i - 1].Name)
            {
                throw new ArgumentException($"the JSON object has the member '{members[i].Name}' twice", nameof(value));
            }

            writer.Name(members[i].Name);
            Write(ref writer, members[i].Value);
        }

        writer.EndObject();
    }

    private static void WriteArray(ref CanonicalWriter writer, JsonElement value)
    {
        GuardStack();
        writer.Raw("["u8);
        var first = true;
        foreach (var item in value.EnumerateArray())
        {
            if (!first)
            {
                writer.Raw(","u8);
            }

            first = false;
            Write(ref writer, item);
        }

        writer.Raw("]"u8);
    }

    private static void WriteText(ref CanonicalWriter writer, JsonElement value)
    {
        // JSON without an escape has nothing that would need one, so it is canonical as it stands.
        var quoted = JsonMarshal.GetRawUtf8Value(value);
        if (!quoted.Contains((byte)'\\') && Utf8.IsValid(quoted))
        {
            writer.Raw(quoted);
            return;
        }

        try
        {
            writer.Text(value.GetString()!);
        }
        catch (InvalidOperationException fault) when (fault is not ObjectDisposedException)
        {
            throw NotUnicode(fault);
        }
    }

    private static string NameOf(JsonProperty member)
    {
        try
        {
            return member.Name;
        }
        catch (InvalidOperationException fault) when (fault is not ObjectDisposedException)
        {
            throw NotUnicode(fault);
        }
    }

    private static ArgumentException NotUnicode(InvalidOperationException fault) => new("the JSON holds a text that is not Unicode", fault);

    private static void GuardStack()
    {
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            throw new ArgumentException("the JSON nests too deep");
        }
    }
}
