using System.Reflection;
using System.Text;

namespace RlCore.Facade.Tests;

/// <summary>The public members of an assembly as sorted lines of text.</summary>
internal static class ApiText
{
    private static readonly NullabilityInfoContext Nullability = new();

    public static string[] Of(Assembly assembly) =>
    [
        .. assembly.GetExportedTypes()
            .SelectMany(type => Members(type).Select(member => $"{Name(type)}: {member}").Prepend(Declaration(type)))
            .Distinct()
            .Order(StringComparer.Ordinal),
    ];

    private static string Declaration(Type type)
    {
        string kind = type.IsEnum ? "enum" : type.IsInterface ? "interface" : type.IsValueType ? "struct" : type.IsAbstract
            && type.IsSealed ? "static class" : type.IsSealed ? "sealed class" : type.IsAbstract ? "abstract class" : "class";
        string[] bases = [.. Bases(type).Select(Name).Order(StringComparer.Ordinal)];
        return bases.Length == 0 ? $"{Name(type)} ({kind})" : $"{Name(type)} ({kind}) : {string.Join(", ", bases)}";
    }

    private static IEnumerable<Type> Bases(Type type) =>
        type.IsEnum
            ? []
            : type.GetInterfaces().Concat(
                type.BaseType is { } parent && parent != typeof(object) && parent != typeof(ValueType) ? [parent] : []);

    private static IEnumerable<string> Members(Type type)
    {
        const BindingFlags Declared =
            BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
        foreach (MemberInfo member in type.GetMembers(Declared))
        {
            string? line = member switch
            {
                ConstructorInfo constructor when Visible(constructor) => $"new({Parameters(constructor)})",
                MethodInfo method when Visible(method) && Named(method) =>
                    $"{Modifiers(method)}{Name(method.ReturnParameter)} {method.Name}{Generic(method)}({Parameters(method)})",
                PropertyInfo property when property.GetMethod is { } getter && Visible(getter) =>
                    $"{Modifiers(getter)}{Name(property.PropertyType)} {property.Name}{Index(property)} {{ "
                        + $"get;{(property.SetMethod is { } setter && Visible(setter) ? " set;" : "")} }}",
                FieldInfo field when field.IsPublic && !field.IsSpecialName =>
                    $"{Name(field.FieldType)} {field.Name}{(field.IsLiteral ? $" = {OneLine(field.GetRawConstantValue())}" : "")}",
                _ => null,
            };
            if (line is not null)
            {
                yield return line;
            }
        }
    }

    private static bool Visible(MethodBase method) => method.IsPublic || method.IsFamily;

    // Accessors belong to their properties; what the compiler makes for records is not a decision.
    private static bool Named(MethodInfo method) =>
        (!method.IsSpecialName || method.Name.StartsWith("op_", StringComparison.Ordinal)) && !method.Name.StartsWith('<')
        && method.Name is not ("PrintMembers" or "GetHashCode" or "Equals" or "ToString" or "Deconstruct");

    private static string Modifiers(MethodInfo method) =>
        method.IsStatic ? method.IsAbstract ? "static abstract " : "static " : method.IsAbstract
            && !method.DeclaringType!.IsInterface ? "abstract " : "";

    private static string Generic(MethodInfo method) =>
        method.IsGenericMethodDefinition ? $"<{string.Join(", ", method.GetGenericArguments().Select(Name))}>" : "";

    private static string Index(PropertyInfo property) =>
        property.GetIndexParameters() is { Length: > 0 } parameters
            ? $"[{string.Join(", ", parameters.Select(p => Name(p.ParameterType)))}]"
            : "";

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(Parameter));

    private static string Parameter(ParameterInfo parameter) =>
        $"{(parameter.IsOut ? "out " : "")}{Name(parameter)} "
            + $"{parameter.Name}{(parameter.HasDefaultValue ? $" = {OneLine(parameter.DefaultValue)}" : "")}";

    private static string Name(ParameterInfo parameter)
    {
        bool nullable = !parameter.ParameterType.IsValueType && !parameter.ParameterType.IsByRef
            && !parameter.ParameterType.IsGenericParameter
            && Nullability.Create(parameter).ReadState == NullabilityState.Nullable;
        return Name(parameter.ParameterType) + (nullable ? "?" : "");
    }

    private static string Name(Type type)
    {
        if (type.IsByRef || type.IsArray)
        {
            return Name(type.GetElementType()!) + (type.IsArray ? "[]" : "");
        }

        if (type.IsGenericParameter)
        {
            return type.Name;
        }

        var name = new StringBuilder(type.FullName is null && !type.IsGenericType ? type.Name : $"{type.Namespace}.{Nested(type)}");
        Type[] arguments = type.GetGenericArguments();
        return (arguments.Length == 0 ? name : name.Append('<').AppendJoin(", ", arguments.Select(Name)).Append('>')).ToString();
    }

    private static string Nested(Type type)
    {
        string simple = type.Name.Split('`')[0];
        return type.IsNested ? $"{Nested(type.DeclaringType!)}.{simple}" : simple;
    }

    // A text of several lines would be several members to whoever compares.
    private static string OneLine(object? value) =>
        FormattableString.Invariant($"{value ?? "default"}").Replace("\n", "\\n", StringComparison.Ordinal);
}
