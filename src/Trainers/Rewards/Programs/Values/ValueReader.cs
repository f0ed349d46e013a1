using System.Collections;
using System.Reflection;

namespace RlCore.Trainers.Rewards;

/// <summary>
/// Reads what <see cref="ValueWriter"/> wrote, or whatever else a hostile program sent instead: only values of plain types are made, as
/// many as there are bytes for.
/// </summary>
internal sealed class ValueReader(BinaryReader reader)
{
    private const int MostDepth = 80;

    /// <summary>Reads a value.</summary>
    /// <param name="stated">The type that the test states: the value is of this type, whatever was written.</param>
    /// <exception cref="InvalidDataException">It is not such a value.</exception>
    public object? Read(Type stated)
    {
        object? value = Read(stated, 0);
        return value is null ? null : Fit(value, stated);
    }

    private static object Fit(object value, Type stated)
    {
        Type type = Nullable.GetUnderlyingType(stated) ?? stated;
        return type.IsInstanceOfType(value)
            ? value
            : throw new InvalidDataException($"found a value of type {value.GetType()}; expected {stated}");
    }

    // The interface that is stated says what unnamed elements are kept in.
    private object? Read(Type stated, int depth)
    {
        if (depth > MostDepth)
        {
            throw new InvalidDataException("too deep");
        }

        var shape = (ValueShape)reader.ReadByte();
        switch (shape)
        {
            case ValueShape.Null:
                return stated.IsValueType && Nullable.GetUnderlyingType(stated) is null
                    ? throw new InvalidDataException($"found null; expected {stated}")
                    : null;
            case ValueShape.Scalar:
                return PlainScalars.Read(reader, reader.ReadByte());
            case ValueShape.Array:
                return ReadArray(depth);
            case ValueShape.Sequence:
                Type open = Kind(PlainKinds.Sequences);
                Type item = ReadType(0);
                return ReadSequence(open, item, depth);
            case ValueShape.Elements:
                return ReadElements(stated, depth);
            case ValueShape.Map:
                return ReadMap(depth);
            case ValueShape.Tuple:
                return ReadTuple(depth);
            default:
                throw new InvalidDataException("no such shape");
        }
    }

    private object? ReadItem(Type type, int depth)
    {
        object? value = Read(type, depth + 1);
        return value is null ? null : Fit(value, type);
    }

    private Array ReadArray(int depth)
    {
        Type element = ReadType(0);
        int rank = reader.ReadByte();
        if (rank is < 1 or > 8)
        {
            throw new InvalidDataException("no such rank");
        }

        var lengths = new int[rank];
        long count = 1;
        for (int i = 0; i < rank; i++)
        {
            lengths[i] = reader.Read7BitEncodedInt();
            count = lengths[i] < 0 ? long.MaxValue : checked(count * lengths[i]);
        }

        // Each element takes a byte at least.
        if (count > reader.BaseStream.Length - reader.BaseStream.Position)
        {
            throw new EndOfStreamException();
        }

        var array = Array.CreateInstance(element, lengths);
        var at = new int[rank];
        for (long i = 0; i < count; i++)
        {
            array.SetValue(ReadItem(element, depth), at);
            for (int k = rank - 1; k >= 0 && ++at[k] == lengths[k]; k--)
            {
                at[k] = 0;
            }
        }

        return array;
    }

    private object ReadSequence(Type open, Type element, int depth)
    {
        object? comparer = ReadComparer(element);
        Array items = ReadList(element, depth);
        Type type = open.MakeGenericType(element);
        if (open.Namespace == "System.Collections.Immutable")
        {
            Type builder = open.Assembly.GetType(open.FullName![..^2])!;
            MethodInfo create = builder.GetMethods().Single(one => one.Name == "CreateRange"
                && one.GetParameters() is [{ ParameterType: var given }]
                && given.IsGenericType && given.GetGenericTypeDefinition() == typeof(IEnumerable<>));
            return create.MakeGenericMethod(element).Invoke(null, [items])!;
        }

        return comparer is null ? Activator.CreateInstance(type, items)! : Activator.CreateInstance(type, items, comparer)!;
    }

    private object ReadElements(Type stated, int depth)
    {
        Type element = ReadType(0);
        Array items = ReadList(element, depth);
        Type open = stated.IsGenericType ? stated.GetGenericTypeDefinition() : stated;
        return stated.IsInstanceOfType(items) ? items
            : open == typeof(ISet<>) || open == typeof(IReadOnlySet<>)
                ? Activator.CreateInstance(typeof(HashSet<>).MakeGenericType(element), items)!
            : open == typeof(IOrderedEnumerable<>) ? Ordered(items, element)
            : Activator.CreateInstance(typeof(List<>).MakeGenericType(element), items)!;
    }

    // Elements in the order in which they came: all keys are equal, and the order is stable.
    private static object Ordered(Array items, Type element) =>
        ((Func<IEnumerable<object>, IOrderedEnumerable<object>>)InOrder).Method
            .GetGenericMethodDefinition().MakeGenericMethod(element).Invoke(null, [items])!;

    private static IOrderedEnumerable<T> InOrder<T>(IEnumerable<T> items) => items.OrderBy(_ => 0);

    private Array ReadList(Type element, int depth)
    {
        var items = (IList)Activator.CreateInstance(typeof(List<>).MakeGenericType(element))!;
        while (reader.ReadBoolean())
        {
            items.Add(ReadItem(element, depth));
        }

        var array = Array.CreateInstance(element, items.Count);
        items.CopyTo(array, 0);
        return array;
    }

    private object ReadMap(int depth)
    {
        Type open = Kind(PlainKinds.Maps);
        Type key = ReadType(0);
        Type value = ReadType(0);
        object? comparer = ReadComparer(key);
        Type type = open.MakeGenericType(key, value);
        var map = (IDictionary)(comparer is null ? Activator.CreateInstance(type) : Activator.CreateInstance(type, comparer))!;
        while (reader.ReadBoolean())
        {
            object found = ReadItem(key, depth) ?? throw new InvalidDataException("a key that is null");
            map[found] = ReadItem(value, depth);
        }

        return map;
    }

    private object ReadTuple(int depth)
    {
        Type open = Kind(PlainKinds.Tuples);
        Type[] types = [.. open.GetGenericArguments().Select(_ => ReadType(0))];
        return Activator.CreateInstance(open.MakeGenericType(types), [.. types.Select(type => ReadItem(type, depth))])!;
    }

    private StringComparer? ReadComparer(Type element)
    {
        int code = reader.ReadByte();
        return code == 0 || element != typeof(string) ? null
            : code <= PlainKinds.Comparers.Length ? PlainKinds.Comparers[code - 1]
            : throw new InvalidDataException("no such comparer");
    }

    private Type Kind(Type[] kinds)
    {
        int kind = reader.ReadByte();
        return kind < kinds.Length ? kinds[kind] : throw new InvalidDataException("no such kind");
    }

    private Type ReadType(int depth)
    {
        if (depth > MostDepth)
        {
            throw new InvalidDataException("too deep");
        }

        switch ((TypeShape)reader.ReadByte())
        {
            case TypeShape.Object:
                return typeof(object);
            case TypeShape.Scalar:
                return PlainScalars.TypeOf(reader.ReadByte());
            case TypeShape.Array:
                int rank = reader.ReadByte();
                Type element = ReadType(depth + 1);
                return rank == 1 ? element.MakeArrayType() : element.MakeArrayType(rank);
            case TypeShape.Generic:
                Type open = Kind(PlainKinds.Generic);
                return open.MakeGenericType([.. open.GetGenericArguments().Select(_ => ReadType(depth + 1))]);
            default:
                throw new InvalidDataException("no such type");
        }
    }
}
