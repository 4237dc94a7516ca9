using System.Reflection;
using System.Text.RegularExpressions;

namespace Orchestrator.Architecture.Tests.Packages;

/// <summary>Every enum with a <c>ToWireName</c>, in whichever package.</summary>
public sealed partial class WireNameTests
{
    private static readonly MethodInfo[] ToWireName =
    [
        .. from row in Package.Names
           from type in Package.Load(row.Data).GetExportedTypes()
           from method in type.GetMethods(BindingFlags.Public | BindingFlags.Static)
           where method.Name == "ToWireName"
           select method,
    ];

    public static TheoryData<Type> Enums { get; } = [.. ToWireName.Select(method => method.GetParameters()[0].ParameterType)];

    [Theory]
    [MemberData(nameof(Enums))]
    public void Every_value_has_a_wire_name_of_its_own(Type type)
    {
        var names = Enum.GetValues(type).Cast<object>().Select(value => Write(type, value)).ToArray();

        Assert.Distinct(names);
        Assert.All(names, name => Assert.Matches(WireName(), name));
    }

    [Theory]
    [MemberData(nameof(Enums))]
    public void A_value_that_is_none_has_no_wire_name(Type type)
    {
        var thrown = Assert.Throws<TargetInvocationException>(() => Write(type, Enum.ToObject(type, 99)));

        Assert.IsType<ArgumentOutOfRangeException>(thrown.InnerException);
    }

    [Theory]
    [MemberData(nameof(Enums))]
    public void A_wire_name_that_can_be_read_reads_back_as_its_value_and_nothing_else_does(Type type)
    {
        if (Reader(type) is not { } reader)
        {
            // Codes are only ever written.
            Assert.Equal(typeof(RefusalCode), type);
            return;
        }

        foreach (var value in Enum.GetValues(type))
        {
            var name = Write(type, value);
            Assert.Equal((true, value), Read(reader, name));
            Assert.False(Read(reader, name.ToUpperInvariant()).Found);
            Assert.False(Read(reader, name + " ").Found);
        }

        Assert.False(Read(reader, "").Found);
        Assert.False(Read(reader, null).Found);
    }

    private static string Write(Type type, object value) =>
        (string)ToWireName.Single(method => method.GetParameters()[0].ParameterType == type).Invoke(null, [value])!;

    private static MethodInfo? Reader(Type type) => ToWireName
        .Single(method => method.GetParameters()[0].ParameterType == type)
        .DeclaringType!
        .GetMethod("TryParse", [typeof(string), type.MakeByRefType()]);

    private static (bool Found, object? Value) Read(MethodInfo reader, string? name)
    {
        object?[] arguments = [name, null];
        return ((bool)reader.Invoke(null, arguments)!, arguments[1]);
    }

    [GeneratedRegex(@"^[a-z]+([_.][a-z]+)*$")]
    private static partial Regex WireName();
}
