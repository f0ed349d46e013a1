using System.Collections;
using System.Reflection;

namespace RlCore.Trainers.Rewards;

/// <summary>The shapes of a written value.</summary>
internal enum ValueShape
{
    /// <summary>null.</summary>
    Null,

    /// <summary>A number, a text or the like.</summary>
    Scalar,

    /// <summary>An array.</summary>
    Array,

    /// <summary>A collection of one of <see cref="PlainKinds.Sequences"/>.</summary>
    Sequence,

    /// <summary>Elements of whatever else can be enumerated.</summary>
    Elements,

    /// <summary>A dictionary.</summary>
    Map,

    /// <summary>A pair or a tuple.</summary>
    Tuple,
}

/// <summary>
/// Writes values of the framework's types (<see cref="PlainKinds"/>, <see cref="PlainScalars"/>): what they hold, and nothing that could be
/// code of a completion. Comparers other than those of texts are not part of a value.
/// </summary>
internal sealed class ValueWriter(BinaryWriter writer)
{
    private const int MostDepth = 64;

    /// <summary>Writes a value.</summary>
    /// <param name="value">The value.</param>
    /// <exception cref="NotSupportedException">It holds something that is not plain.</exception>
    public void Write(object? value) => Write(value, 0);

    private void Write(object? value, int depth)
    {
        if (depth > MostDepth || writer.BaseStream.Length > SandboxLimits.OutputBytes)
        {
            throw new NotSupportedException("a value that is too large");
        }

        switch (value)
        {
            case null:
                writer.Write((byte)ValueShape.Null);
                break;
            case Array array:
                WriteArray(array, depth);
                break;
            default:
                WriteOther(value, depth);
                break;
        }
    }

    private void WriteOther(object value, int depth)
    {
        Type type = value.GetType();
        if (PlainScalars.TryGetCode(type, out int code))
        {
            writer.Write((byte)ValueShape.Scalar);
            writer.Write((byte)code);
            PlainScalars.Write(writer, value);
            return;
        }

        // A type of the completion that inherits a list holds what the list holds.
        for (Type? known = type; known is not null; known = known.BaseType)
        {
            if (TryFind(known, PlainKinds.Sequences, out int kind))
            {
                Begin(ValueShape.Sequence, kind, known);
                WriteComparer(value, known);
                WriteElements((IEnumerable)value, depth, isReversed: known.GetGenericTypeDefinition() == typeof(Stack<>));
                return;
            }

            if (TryFind(known, PlainKinds.Maps, out kind))
            {
                Begin(ValueShape.Map, kind, known);
                WriteComparer(value, known);
                WriteEntries((IDictionary)value, depth);
                return;
            }

            if (TryFind(known, PlainKinds.Tuples, out kind))
            {
                Begin(ValueShape.Tuple, kind, known);
                WriteItems(value, known, depth);
                return;
            }
        }

        Type element = type.GetInterfaces()
            .FirstOrDefault(one => one.IsGenericType && one.GetGenericTypeDefinition() == typeof(IEnumerable<>))
            ?? throw new NotSupportedException($"a value of type {type}");
        writer.Write((byte)ValueShape.Elements);
        WriteType(element.GenericTypeArguments[0], 0);
        WriteElements((IEnumerable)value, depth, isReversed: false);
    }

    private void Begin(ValueShape shape, int kind, Type type)
    {
        writer.Write((byte)shape);
        writer.Write((byte)kind);
        foreach (Type argument in type.GenericTypeArguments)
        {
            WriteType(argument, 0);
        }
    }

    private void WriteArray(Array array, int depth)
    {
        writer.Write((byte)ValueShape.Array);
        WriteType(array.GetType().GetElementType()!, 0);
        writer.Write((byte)array.Rank);
        for (int i = 0; i < array.Rank; i++)
        {
            writer.Write7BitEncodedInt(array.GetLength(i));
        }

        foreach (object? element in array)
        {
            Write(element, depth + 1);
        }
    }

    // A mark before each element, as nothing knows how many there will be.
    private void WriteElements(IEnumerable elements, int depth, bool isReversed)
    {
        foreach (object? element in isReversed ? elements.Cast<object?>().Reverse() : elements)
        {
            writer.Write(true);
            Write(element, depth + 1);
        }

        writer.Write(false);
    }

    private void WriteEntries(IDictionary entries, int depth)
    {
        foreach (DictionaryEntry entry in entries)
        {
            writer.Write(true);
            Write(entry.Key, depth + 1);
            Write(entry.Value, depth + 1);
        }

        writer.Write(false);
    }

    private void WriteItems(object value, Type type, int depth)
    {
        bool isPair = type.GetGenericTypeDefinition() == typeof(KeyValuePair<,>);
        for (int i = 1; i <= type.GenericTypeArguments.Length; i++)
        {
            string name = isPair ? i == 1 ? "Key" : "Value" : i == 8 ? "Rest" : $"Item{i}";
            MemberInfo member = type.GetMember(name)[0];
            Write(member is FieldInfo field ? field.GetValue(value) : ((PropertyInfo)member).GetValue(value), depth + 1);
        }
    }

    private void WriteComparer(object value, Type type)
    {
        object? comparer = type.GetProperty("Comparer")?.GetValue(value) ?? type.GetProperty("KeyComparer")?.GetValue(value);
        writer.Write((byte)(Array.FindIndex(PlainKinds.Comparers, known => known.Equals(comparer)) + 1));
    }

    private void WriteType(Type type, int depth)
    {
        if (depth > MostDepth)
        {
            throw new NotSupportedException($"the type {type}");
        }

        if (type == typeof(object))
        {
            writer.Write((byte)TypeShape.Object);
        }
        else if (PlainScalars.TryGetCode(type, out int code))
        {
            writer.Write((byte)TypeShape.Scalar);
            writer.Write((byte)code);
        }
        else if (type.IsArray)
        {
            writer.Write((byte)TypeShape.Array);
            writer.Write((byte)type.GetArrayRank());
            WriteType(type.GetElementType()!, depth + 1);
        }
        else if (TryFind(type, PlainKinds.Generic, out int kind))
        {
            writer.Write((byte)TypeShape.Generic);
            writer.Write((byte)kind);
            foreach (Type argument in type.GenericTypeArguments)
            {
                WriteType(argument, depth + 1);
            }
        }
        else
        {
            throw new NotSupportedException($"the type {type}");
        }
    }

    private static bool TryFind(Type type, Type[] kinds, out int kind)
    {
        kind = type.IsGenericType ? Array.IndexOf(kinds, type.GetGenericTypeDefinition()) : -1;
        return kind >= 0;
    }
}

/// <summary>The shapes of a written type.</summary>
internal enum TypeShape
{
    /// <summary>object.</summary>
    Object,

    /// <summary>One of <see cref="PlainScalars"/>.</summary>
    Scalar,

    /// <summary>An array.</summary>
    Array,

    /// <summary>One of <see cref="PlainKinds.Generic"/>.</summary>
    Generic,
}
