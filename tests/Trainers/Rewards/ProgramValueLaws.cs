using System.Collections.Immutable;
using System.Numerics;
using System.Text;
using RlCore.Trainers.Rewards;

namespace RlCore.Trainers.Tests.Rewards;

/// <summary>The values that leave a program, and what the other side makes of hostile ones.</summary>
public class ProgramValueLaws
{
    public static TheoryData<object> Values { get; } =
    [
        true, (byte)200, (sbyte)-3, (short)-300, (ushort)60000, -70000, 4000000000u, -5000000000L, ulong.MaxValue, Int128.MinValue,
        UInt128.MaxValue, (Half)0.5, 0.1f, -0.0, 0.1m, 'x', "", "a\ud800b", BigInteger.Pow(-7, 99), new Complex(1, -2),
        new DateTime(2024, 2, 29, 1, 2, 3, DateTimeKind.Utc), new DateTimeOffset(2024, 2, 29, 1, 2, 3, TimeSpan.FromHours(-5)),
        TimeSpan.FromTicks(-7), new DateOnly(2024, 2, 29), new TimeOnly(1, 2, 3), Guid.Parse("00112233-4455-6677-8899-aabbccddeeff"),
        new Rune('é'), DayOfWeek.Friday, (1, "b", 2.5), Tuple.Create(1, 'c'), KeyValuePair.Create("k", 3), (1, 2, 3, 4, 5, 6, 7, 8, 9),
        new[] { 1, 2, 3 }, Array.Empty<string>(), new[] { new[] { 1 }, [], [2, 3] }, new List<int?> { 1, null }, new Queue<int>([3, 1]),
        new Stack<int>([1, 2, 3]), new LinkedList<string>(["b", "a"]), new SortedSet<int> { 3, 1 }, new HashSet<string> { "x" },
        ImmutableArray.Create(2, 1), ImmutableList.Create("q"), new Dictionary<string, List<int>> { ["a"] = [1, 2] },
        new SortedDictionary<int, string> { [2] = "b", [1] = "a" }, new object[] { 1, "two", new[] { 3.0 } },
    ];

    [Theory]
    [MemberData(nameof(Values))]
    public void A_plain_value_comes_back_as_it_was(object value)
    {
        ArgumentNullException.ThrowIfNull(value);
        Assert.Equivalent(value, Back(value, value.GetType()), strict: true);
        Assert.Equal(value.GetType(), Back(value, typeof(object))!.GetType());
        if (value is System.Collections.IEnumerable all and not string)
        {
            Assert.Equal(all.Cast<object>(), ((System.Collections.IEnumerable)Back(value, value.GetType())!).Cast<object>());
        }
    }

    [Fact]
    public void A_table_keeps_its_shape()
    {
        int[,] back = Assert.IsType<int[,]>(Back(new[,] { { 1, 2, 3 }, { 4, 5, 6 } }, typeof(int[,])));
        Assert.Equal((2, 3, 6), (back.GetLength(0), back.GetLength(1), back[1, 2]));
    }

    [Fact]
    public void Comparers_of_texts_are_part_of_a_value_and_others_are_not()
    {
        var noCase = (HashSet<string>)Back(new HashSet<string>(StringComparer.OrdinalIgnoreCase) { "A" }, typeof(HashSet<string>))!;
        Assert.Contains("a", noCase);
        var all = (HashSet<int>)Back(new HashSet<int>(new Same()) { 1 }, typeof(HashSet<int>))!;
        Assert.DoesNotContain(2, all);
    }

    [Fact]
    public void A_list_of_its_own_kind_is_what_it_holds() =>
        Assert.Equal([1, 2], Assert.IsType<List<int>>(Back(new Own { 1, 2 }, typeof(IEnumerable<int>))));

    [Theory]
    [InlineData("3", typeof(int))]
    [InlineData(3, typeof(string))]
    [InlineData(3L, typeof(int))]
    [InlineData(null, typeof(int))]
    public void A_value_of_another_type_than_the_test_states_is_refused(object? value, Type stated) =>
        Assert.Throws<InvalidDataException>(() => Back(value, stated));

    [Fact]
    public void What_is_not_plain_is_not_written()
    {
        var itself = new List<object>();
        itself.Add(itself);
        foreach (object value in new object[] { new Own2(), itself, new object(), (Func<int>)(() => 1), new[] { new Own2() }, typeof(int) })
        {
            Assert.Throws<InvalidDataException>(() => Back(value, typeof(object)));
        }
    }

    [Fact]
    public void The_first_record_of_a_place_counts_and_half_a_record_does_not()
    {
        using var stream = new MemoryStream();
        TestValues.Write(stream, 0, 0, [3]);
        TestValues.Write(stream, 0, 0, [4]);
        TestValues.Write(stream, 0, 1, [5]);
        TestValues values = TestValues.Read(stream.ToArray().AsSpan(0, (int)stream.Length - 1));
        Assert.Equal([3], values.Get(0, 0, [typeof(int)]));
        Assert.Throws<InvalidDataException>(() => values.Get(0, 1, [typeof(int)]));
        Assert.Throws<InvalidDataException>(() => values.Get(0, 0, [typeof(int), typeof(int)]));
    }

    [Fact]
    public void Hostile_bytes_make_no_large_value_and_no_exception_but_one_for_the_test()
    {
        var random = new Random(1);
        byte[][] seeds = [.. Values.Select(row => Written(row.Data))];
        long before = GC.GetAllocatedBytesForCurrentThread();
        const int Cases = 5_000;
        for (int i = 0; i < Cases; i++)
        {
            byte[] bytes = [.. seeds[random.Next(seeds.Length)]];
            for (int k = random.Next(1, 5); k > 0; k--)
            {
                bytes[random.Next(12, bytes.Length)] = (byte)random.Next(256);
            }

            try
            {
                TestValues.Read(bytes).Get(0, 0, [typeof(object)]);
            }
            catch (Exception refused) when (refused is not OutOfMemoryException)
            {
                // Whatever a test throws, it does not hold.
            }
        }

        long each = (GC.GetAllocatedBytesForCurrentThread() - before) / Cases;
        Assert.True(each < 50_000, $"{each} bytes were allocated for each of {Cases} inputs.");
    }

    private static byte[] Written(object? value)
    {
        using var stream = new MemoryStream();
        TestValues.Write(stream, 0, 0, [value]);
        return stream.ToArray();
    }

    private static object? Back(object? value, Type stated) => TestValues.Read(Written(value)).Get(0, 0, [stated])[0];

    private sealed class Same : IEqualityComparer<int>
    {
        public bool Equals(int x, int y) => true;

        public int GetHashCode(int obj) => 0;
    }

    private sealed class Own : List<int>;

    private sealed class Own2;
}
