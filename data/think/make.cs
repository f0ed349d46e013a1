#:project ../../src/Algebra/Algebra.csproj
#:property PublishAot=false

// Makes the CSV files beside this file: dotnet run data/think/make.cs
// The same files on every machine: every number is a pure function of the seed.
using System.Globalization;
using System.Runtime.CompilerServices;
using RlCore.Algebra;

const ulong Seed = 24;
const int Digits = 5;
const double Slips = 0.06;

// A sum and its commuted twin are one question, and stand in one file only.
var seen = new HashSet<(int, int)>();
int drawn = 0;
Write("eval.csv", 300, "prompt,answer", Answered);
Write("questions.csv", 800, "prompt,answer", Answered);
Write("cold.csv", 400, "prompt,completion", Worked);
Write("prompts.csv", 6000, "prompt,answer", Answered);

// The questions of cold.csv, answered twice: a second attempt reads the first one, and what is said of it. After ! the first is wrong, and
// the sum is worked out anew; after . it is right, and its answer is given again.
File.WriteAllLines(PathOf("twice.csv"), File.ReadLines(PathOf("cold.csv")).SelectMany((row, i) =>
{
    if (i == 0)
    {
        return [row];
    }

    int[] numbers = [.. row[..row.IndexOf('=')].Split('+').Select(number => int.Parse(number, CultureInfo.InvariantCulture))];
    string thought = row[(row.IndexOf(',') + 1)..];
    string first = $"{Prompt(numbers[0], numbers[1])}{Attempt(numbers[0], numbers[1], i)}";
    return new[] { row, $"{first}{(IsWrong(i) ? $"!,{thought}" : $".,{thought[thought.IndexOf('#')..]}")}" };
}));

// The questions of cold.csv, answered without a thought.
File.WriteAllLines(PathOf("direct.csv"), File.ReadLines(PathOf("cold.csv")).Select(
    (row, i) => i == 0 ? row : $"{row[..row.IndexOf(',')]},{row[row.IndexOf('#')..]}"));

void Write(string name, int rows, string header, Func<int, int, int, string> row) => File.WriteAllLines(
    PathOf(name),
    [header, .. Enumerable.Range(0, rows).Select(i =>
    {
        var (a, b) = Question(3 + (i % 3));
        return row(a, b, i);
    })]);

// Two numbers of three to five digits.
(int A, int B) Question(int digits)
{
    while (true)
    {
        int least = (int)Math.Pow(10, digits - 1);
        int a = least + (int)(9 * least * Uniform(0, drawn, 0));
        int b = least + (int)(9 * least * Uniform(0, drawn, 1));
        drawn++;
        if (seen.Add((Math.Min(a, b), Math.Max(a, b))))
        {
            return (a, b);
        }
    }
}

string Prompt(int a, int b) => $"{Padded(a, Digits)}+{Padded(b, Digits)}=";

string Answered(int a, int b, int row) => $"{Prompt(a, b)},{a + b}";

// A column a step, from the right: its digits and the carry, and what they sum to. Some columns slip; the mark ? takes such a step back,
// and it is done again.
string Worked(int a, int b, int row)
{
    string thought = "";
    int carry = 0;
    for (int place = 0; place < Digits; place++)
    {
        int x = Digit(a, place), y = Digit(b, place);
        string step = $"{(char)('a' + place)}{x}+{y}+{carry}=";
        int sum = x + y + carry;
        if (Uniform(1, row, place) < Slips)
        {
            int slip = (sum + new[] { 1, 9, 10, 11 }[(int)(4 * Uniform(2, row, place))]) % 20;
            thought += $"{step}{Padded(slip, 2)}?";
        }

        thought += $"{step}{Padded(sum, 2)};";
        carry = sum / 10;
    }

    return $"{Prompt(a, b)},{thought}#{Padded(a + b, Digits + 1)}";
}

static bool IsWrong(int row) => row % 4 != 0;

// A first attempt: in three of four a column is wrong, and so is what follows from it.
string Attempt(int a, int b, int row)
{
    int wrong = IsWrong(row) ? (int)(Digits * Uniform(3, row, 0)) : -1;
    string thought = "", digits = "";
    int carry = 0;
    for (int place = 0; place < Digits; place++)
    {
        int x = Digit(a, place), y = Digit(b, place);
        int sum = x + y + carry;
        if (place == wrong)
        {
            sum = (sum + new[] { 1, 9, 10, 11 }[(int)(4 * Uniform(4, row, place))]) % 20;
        }

        thought += $"{(char)('a' + place)}{x}+{y}+{carry}={Padded(sum, 2)};";
        digits = $"{sum % 10}{digits}";
        carry = sum / 10;
    }

    return $"{thought}#{carry}{digits}";
}

static int Digit(int number, int place) => number / (int)Math.Pow(10, place) % 10;

static string Padded(int number, int digits) => number.ToString(CultureInfo.InvariantCulture).PadLeft(digits, '0');

double Uniform(uint purpose, int row, int place) => Philox.Uniform(Seed, RandomPurpose.Control, purpose, (uint)row, (uint)place);

static string PathOf(string name, [CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, name);
