namespace RlCore.Algebra;

/// <summary>
/// Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011): a counter-based generator.
/// A number is a pure function of its address (seed, purpose, step, row, position), so it does not depend on batch
/// layout, process count or resume.
/// </summary>
public static class Philox
{
    private const uint Multiplier0 = 0xD2511F53;
    private const uint Multiplier1 = 0xCD9E8D57;
    private const uint Weyl0 = 0x9E3779B9;
    private const uint Weyl1 = 0xBB67AE85;
    private const int Rounds = 10;

    /// <summary>The 128-bit block of a key and a 128-bit counter.</summary>
    /// <param name="key">64-bit key; the low word is the first key word.</param>
    /// <param name="counter0">First counter word.</param>
    /// <param name="counter1">Second counter word.</param>
    /// <param name="counter2">Third counter word.</param>
    /// <param name="counter3">Fourth counter word.</param>
    public static (uint Word0, uint Word1, uint Word2, uint Word3) Block(
        ulong key, uint counter0, uint counter1, uint counter2, uint counter3)
    {
        uint key0 = (uint)key;
        uint key1 = (uint)(key >> 32);
        for (int round = 0; round < Rounds; round++)
        {
            ulong product0 = (ulong)Multiplier0 * counter0;
            ulong product1 = (ulong)Multiplier1 * counter2;
            (counter0, counter1, counter2, counter3) = (
                (uint)(product1 >> 32) ^ counter1 ^ key0,
                (uint)product1,
                (uint)(product0 >> 32) ^ counter3 ^ key1,
                (uint)product0);
            key0 += Weyl0;
            key1 += Weyl1;
        }

        return (counter0, counter1, counter2, counter3);
    }

    /// <summary>A uniform number in [0, 1) with 53 random bits.</summary>
    /// <param name="seed">Seed of the run.</param>
    /// <param name="purpose">What the number is for.</param>
    /// <param name="step">Step of the run.</param>
    /// <param name="row">Row within the step.</param>
    /// <param name="position">Position within the row.</param>
    public static double Uniform(ulong seed, RandomPurpose purpose, uint step, uint row, uint position)
    {
        var (word0, word1, _, _) = Block(seed, position, row, step, (uint)purpose);
        return ToUniform(word0, word1);
    }

    /// <summary>A standard normal number (Box–Muller on one block).</summary>
    /// <param name="seed">Seed of the run.</param>
    /// <param name="purpose">What the number is for.</param>
    /// <param name="step">Step of the run.</param>
    /// <param name="row">Row within the step.</param>
    /// <param name="position">Position within the row.</param>
    public static double Normal(ulong seed, RandomPurpose purpose, uint step, uint row, uint position)
    {
        var (word0, word1, word2, word3) = Block(seed, position, row, step, (uint)purpose);
        double radius = Math.Sqrt(-2 * Math.Log(1 - ToUniform(word0, word1)));
        return radius * Math.Cos(2 * Math.PI * ToUniform(word2, word3));
    }

    /// <summary>A permutation of 0 … count − 1 (Fisher–Yates).</summary>
    /// <param name="seed">Seed of the run.</param>
    /// <param name="purpose">What the permutation is for.</param>
    /// <param name="step">Step or epoch.</param>
    /// <param name="count">Number of elements.</param>
    public static int[] Permutation(ulong seed, RandomPurpose purpose, uint step, int count)
    {
        var order = new int[count];
        for (int i = 0; i < count; i++)
        {
            int j = (int)(Uniform(seed, purpose, step, 0, (uint)i) * (i + 1));
            order[i] = order[j];
            order[j] = i;
        }

        return order;
    }

    private static double ToUniform(uint high, uint low) => ((((ulong)high << 32) | low) >> 11) * (1.0 / (1UL << 53));
}

/// <summary>The purpose of a random number. Different purposes never share numbers.</summary>
public enum RandomPurpose
{
    /// <summary>Initial weights.</summary>
    Initialization = 1,

    /// <summary>Order of a dataset.</summary>
    Shuffle = 2,

    /// <summary>Tokens of rollouts in training.</summary>
    Rollout = 3,

    /// <summary>Tokens of completions in evaluation.</summary>
    Evaluation = 4,

    /// <summary>Tokens generated for a user.</summary>
    Generation = 5,

    /// <summary>Controls of an experiment, such as shuffled rewards.</summary>
    Control = 6,

    /// <summary>Order of the completions in a pass over a rollout.</summary>
    MiniBatches = 7,

    /// <summary>Choices of a stage, such as which two completions form a pair.</summary>
    Choice = 8,

    /// <summary>Inputs of adapters that are dropped in training.</summary>
    Dropout = 9,

    /// <summary>Tokens of completions that label steps, and of those that go on from their steps.</summary>
    StepLabels = 10,

    /// <summary>Tokens of a search over thoughts.</summary>
    Search = 11,
}
