using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;
using CsCheck;
using Orchestrator.Core.Sealing;

namespace Orchestrator.Core.Tests.Sealing;

public sealed class CanonicalJsonProperties
{
    private static readonly Gen<string> Text = Gen.OneOfConst("", "a", "b", "A", "1", "\"", "\\", "/", "\n", "\u0001", "\u007f", "é", "€", "\ufb33", "😂")
        .Array[0, 3].Select(string.Concat);

    private static readonly Gen<object?> Number = Gen.Select(Gen.Long[-999, 999], Gen.Int[-9, 25]).Select(pair => (object?)pair);

    private static readonly Gen<object?> Value = Gen.Recursive<object?>((depth, inner) =>
    {
        var leaf = Gen.OneOf(Number, Text.Select(text => (object?)text), Gen.OneOfConst<object?>(null, true, false));
        return depth == 4
            ? leaf
            : Gen.OneOf(
                leaf,
                inner.Array[0, 3].Select(items => (object?)items),
                Gen.Dictionary(Text, inner)[0, 4].Select(members => (object?)members));
    });

    private static readonly Gen<int> Style = Gen.Int[0, int.MaxValue - 1];

    [Fact]
    public void EverySpellingOfAValueHasOneForm() => Gen.Select(Value, Style, Style).Sample(
        (value, style, other) => Canonical(Spell(value, style)) == Canonical(Spell(value, other)), iter: 5_000);

    [Fact]
    public void TheFormIsAFixedPoint() => Gen.Select(Value, Style).Sample(
        (value, style) =>
        {
            var canonical = Canonical(Spell(value, style));
            return Canonical(canonical) == canonical;
        },
        iter: 5_000);

    [Fact]
    public void TheFormIsEqualToTheValue() => Gen.Select(Value, Style).Sample(
        (value, style) =>
        {
            var spelled = Spell(value, style);
            return JsonElement.DeepEquals(JsonElement.Parse(spelled), JsonElement.Parse(Canonical(spelled)));
        },
        iter: 5_000);

    [Fact]
    public void TwoValuesHaveOneFormOnlyWhenTheyAreEqual()
    {
        // Few and small values, so that both outcomes are frequent.
        var few = Gen.Recursive<object?>((depth, inner) => depth == 2
            ? Gen.OneOfConst<object?>(null, 1, "1", (1L, 0), (10L, -1), (1L, 1))
            : Gen.OneOf(inner, inner.Array[0, 2].Select(x => (object?)x), Gen.Dictionary(Gen.OneOfConst("", "a", "b"), inner)[0, 2].Select(x => (object?)x)));

        Gen.Select(few, few, Style, Style).Sample(
            (x, y, style, other) =>
            {
                var (first, second) = (Spell(x, style), Spell(y, other));
                return JsonElement.DeepEquals(JsonElement.Parse(first), JsonElement.Parse(second)) == (Canonical(first) == Canonical(second));
            },
            iter: 10_000);
    }

    private static string Canonical(string json) => Encoding.UTF8.GetString(CanonicalJson.GetBytes(Encoding.UTF8.GetBytes(json)));

    private static string Spell(object? value, int style)
    {
        var json = new StringBuilder();
        new Speller(new Random(style), json).Write(value);
        return json.ToString();
    }

    /// <summary>Writes a value in one of the many ways that JSON allows: white space, order of members, escapes, spellings of numbers.</summary>
    private sealed class Speller(Random random, StringBuilder json)
    {
        public void Write(object? value)
        {
            Space();
            switch (value)
            {
                case null:
                    json.Append("null");
                    break;
                case bool flag:
                    json.Append(flag ? "true" : "false");
                    break;
                case int number:
                    json.Append(number);
                    break;
                case (long digits, int exponent):
                    WriteNumber(digits, exponent);
                    break;
                case string text:
                    WriteText(text);
                    break;
                case object?[] items:
                    WriteAll('[', ']', items.Select(item => (Action)(() => Write(item))));
                    break;
                case IDictionary<string, object?> members:
                    WriteAll('{', '}', members.OrderBy(_ => random.Next()).Select(member => (Action)(() =>
                    {
                        Space();
                        WriteText(member.Key);
                        Space();
                        json.Append(':');
                        Write(member.Value);
                    })));
                    break;
                default:
                    throw new InvalidOperationException($"cannot spell a {value.GetType()}");
            }

            Space();
        }

        private void WriteAll(char open, char close, IEnumerable<Action> parts)
        {
            json.Append(open);
            var first = true;
            foreach (var part in parts)
            {
                json.Append(first ? "" : ",");
                first = false;
                part();
            }

            Space();
            json.Append(close);
        }

        private void WriteNumber(long digits, int exponent)
        {
            json.Append(digits < 0 || (digits == 0 && random.Next(2) == 0) ? "-" : "");
            var mantissa = BigInteger.Abs(digits) * BigInteger.Pow(10, random.Next(4));
            exponent -= mantissa.IsZero ? 0 : mantissa.ToString(CultureInfo.InvariantCulture).Length - BigInteger.Abs(digits).ToString(CultureInfo.InvariantCulture).Length;
            var text = mantissa.ToString(CultureInfo.InvariantCulture);
            var shift = random.Next(text.Length + 4);
            if (shift > 0)
            {
                text = text.PadLeft(shift + 1, '0').Insert(text.PadLeft(shift + 1, '0').Length - shift, ".");
                exponent += shift;
            }

            json.Append(text);
            if (exponent != 0 || random.Next(2) == 0)
            {
                json.Append(random.Next(2) == 0 ? 'e' : 'E').Append(exponent < 0 ? "-" : random.Next(2) == 0 ? "+" : "");
                json.Append('0', random.Next(3)).Append(Math.Abs(exponent));
            }
        }

        private void WriteText(string text)
        {
            json.Append('"');
            foreach (var rune in text.EnumerateRunes())
            {
                var isSpecial = rune.Value is '"' or '\\';
                if (isSpecial && random.Next(2) == 0)
                {
                    json.Append('\\').Append(rune);
                }
                else if (isSpecial || rune.Value < ' ' || random.Next(4) == 0)
                {
                    var format = random.Next(2) == 0 ? "x4" : "X4";
                    json.AppendJoin("", rune.ToString().Select(c => "\\u" + ((int)c).ToString(format, CultureInfo.InvariantCulture)));
                }
                else
                {
                    json.Append(rune.Value == '/' && random.Next(2) == 0 ? "\\" : "").Append(rune);
                }
            }

            json.Append('"');
        }

        private void Space() => json.Append(" \n\t\r"[random.Next(4)], random.Next(3) == 0 ? 1 : 0);
    }
}
