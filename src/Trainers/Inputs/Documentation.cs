using System.ComponentModel;
using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace RlCore.Trainers.Inputs;

/// <summary>
/// The documentation of members, taken from their source, for help texts and pages: a setting or a metric is described once,
/// where it is declared, by a <see cref="DescriptionAttribute"/> or by a comment. Comments are read from the XML files that the compiler
/// writes beside the assemblies; without them they are empty.
/// </summary>
internal static partial class Documentation
{
    private static readonly Dictionary<Assembly, Dictionary<string, XElement>> Files = [];

    /// <summary>The summary of a type.</summary>
    public static string Of(Type type) =>
        type.GetCustomAttribute<DescriptionAttribute>()?.Description ?? Read(type.Assembly, $"T:{NameOf(type)}");

    /// <summary>The summary of a property, a field or a method.</summary>
    public static string Of(MemberInfo member)
    {
        Type type = member.DeclaringType ?? typeof(object);
        char kind = member switch { PropertyInfo => 'P', FieldInfo => 'F', _ => 'M' };
        string parameters = member is MethodInfo method && method.GetParameters() is { Length: > 0 } list
            ? $"({string.Join(',', list.Select(one => NameOf(one.ParameterType)))})"
            : "";
        return member.GetCustomAttribute<DescriptionAttribute>()?.Description ?? Read(
            type.Assembly,
            $"{kind}:{NameOf(type)}.{member.Name}{parameters}");
    }

    /// <summary>The documentation of a record's parameter.</summary>
    public static string Of(ParameterInfo parameter) =>
        Read(parameter.Member.Module.Assembly, $"T:{NameOf(parameter.Member.DeclaringType ?? typeof(object))}({parameter.Name})");

    /// <summary>A code name in the form used for options.</summary>
    public static string Kebab(string name) => JsonNamingPolicy.KebabCaseLower.ConvertName(name);

    private static string NameOf(Type type) => (type.FullName ?? type.Name).Replace('+', '.');

    private static string Read(Assembly assembly, string member)
    {
        lock (Files)
        {
            if (!Files.TryGetValue(assembly, out var members))
            {
                Files[assembly] = members = Load(Path.Combine(AppContext.BaseDirectory, $"{assembly.GetName().Name}.xml"));
            }

            return members.TryGetValue(member, out XElement? summary) ? Spaces().Replace(Print(summary), " ").Trim() : "";
        }
    }

    private static Dictionary<string, XElement> Load(string file) => !File.Exists(file)
        ? []
        : XDocument.Load(file).Descendants("member").SelectMany(Entries).ToDictionary(StringComparer.Ordinal);

    private static IEnumerable<KeyValuePair<string, XElement>> Entries(XElement member)
    {
        string name = member.Attribute("name")?.Value ?? "";
        if (member.Element("summary") is { } summary)
        {
            yield return new(name, summary);
        }

        // A record's parameters are documented with its type.
        foreach (XElement parameter in name.StartsWith("T:", StringComparison.Ordinal) ? member.Elements("param") : [])
        {
            yield return new($"{name}({parameter.Attribute("name")?.Value})", parameter);
        }
    }

    private static string Print(XElement element)
    {
        var text = new StringBuilder();
        foreach (XNode node in element.Nodes())
        {
            text.Append(node switch
            {
                XText plain => plain.Value,
                XElement { Name.LocalName: "see" } see => Reference(see.Attribute("cref")?.Value ?? see.Attribute("langword")?.Value ?? ""),
                XElement { Name.LocalName: "paramref" } parameter => parameter.Attribute("name")?.Value,
                XElement other => Print(other),
                _ => "",
            });
        }

        return text.ToString();
    }

    // A setting is called by its option's name, anything else by its own name.
    private static string Reference(string target)
    {
        string name = target.Split('(')[0].Split('.')[^1];
        return target.StartsWith("P:", StringComparison.Ordinal) ? $"--{Kebab(name)}" : name;
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
