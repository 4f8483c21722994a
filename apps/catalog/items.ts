/** One thing on sale. */
export interface Item {
    readonly id: number;
    readonly color: string;
    readonly department: string;
    readonly name: string;
    /** Decimal amount with two digits, in the shop's currency. */
    readonly price: string;
}

export const ITEMS: readonly Item[] = [
    { id: 0, color: "saffron", department: "Outdoor", name: "Two-Person Trail Tent", price: "189.00" },
    { id: 1, color: "slate", department: "Kitchen", name: "Cast Iron Skillet", price: "42.50" },
    { id: 2, color: "moss", department: "Garden", name: "Folding Pruning Saw", price: "27.90" },
    { id: 3, color: "ivory", department: "Stationery", name: "Dotted Notebook", price: "8.75" },
];
