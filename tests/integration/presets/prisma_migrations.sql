-- What Prisma Migrate sends to PostgreSQL: the form of its statements is that of its migration files, the tables are made
-- up. A section is a migration. Prisma sends a migration file as one message, so that its statements are one transaction
-- unless the file has BEGIN and COMMIT itself, and notes it in _prisma_migrations before and after, outside of that
-- transaction. `DateTime` gives TIMESTAMP(3); with @db.Timestamptz(3) every one is TIMESTAMPTZ(3).

-- == bookkeeping

CREATE TABLE _prisma_migrations (
    id                      VARCHAR(36) PRIMARY KEY NOT NULL,
    checksum                VARCHAR(64) NOT NULL,
    finished_at             TIMESTAMPTZ,
    migration_name          VARCHAR(255) NOT NULL,
    logs                    TEXT,
    rolled_back_at          TIMESTAMPTZ,
    started_at              TIMESTAMPTZ NOT NULL DEFAULT now(),
    applied_steps_count     INTEGER NOT NULL DEFAULT 0
);

-- == init

-- CreateEnum
CREATE TYPE "BookState" AS ENUM ('ORDERED', 'IN_STOCK', 'LOST');

-- CreateTable
CREATE TABLE "Member" (
    "id" SERIAL NOT NULL,
    "email" TEXT NOT NULL,
    "fullName" TEXT,
    "settings" JSONB NOT NULL DEFAULT '{}',
    "balance" DECIMAL(65,30) NOT NULL DEFAULT 0,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "Member_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Book" (
    "id" TEXT NOT NULL,
    "title" VARCHAR(200) NOT NULL,
    "state" "BookState" NOT NULL DEFAULT 'ORDERED',
    "weight" DOUBLE PRECISION,
    "keywords" TEXT[],
    "cover" BYTEA,
    "donorId" INTEGER,
    "shelfNumber" BIGINT NOT NULL,

    CONSTRAINT "Book_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Shelf" (
    "number" BIGSERIAL NOT NULL,
    "hall" TEXT NOT NULL,
    "row" INTEGER NOT NULL,

    CONSTRAINT "Shelf_pkey" PRIMARY KEY ("number")
);

-- CreateTable
CREATE TABLE "Loan" (
    "memberId" INTEGER NOT NULL,
    "bookId" TEXT NOT NULL,

    CONSTRAINT "Loan_pkey" PRIMARY KEY ("memberId","bookId")
);

-- CreateTable
CREATE TABLE "_BookToMember" (
    "A" TEXT NOT NULL,
    "B" INTEGER NOT NULL,

    CONSTRAINT "_BookToMember_AB_pkey" PRIMARY KEY ("A","B")
);

-- CreateIndex
CREATE UNIQUE INDEX "Member_email_key" ON "Member"("email");

-- CreateIndex
CREATE UNIQUE INDEX "Shelf_hall_row_key" ON "Shelf"("hall", "row");

-- CreateIndex
CREATE INDEX "Book_shelfNumber_idx" ON "Book"("shelfNumber");

-- CreateIndex
CREATE INDEX "Book_title_state_idx" ON "Book"("title", "state" DESC);

-- CreateIndex
CREATE INDEX "Loan_bookId_idx" ON "Loan"("bookId");

-- CreateIndex
CREATE INDEX "_BookToMember_B_index" ON "_BookToMember"("B");

-- AddForeignKey
ALTER TABLE "Book" ADD CONSTRAINT "Book_donorId_fkey" FOREIGN KEY ("donorId") REFERENCES "Member"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Book" ADD CONSTRAINT "Book_shelfNumber_fkey" FOREIGN KEY ("shelfNumber") REFERENCES "Shelf"("number") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Loan" ADD CONSTRAINT "Loan_memberId_fkey" FOREIGN KEY ("memberId") REFERENCES "Member"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Loan" ADD CONSTRAINT "Loan_bookId_fkey" FOREIGN KEY ("bookId") REFERENCES "Book"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "_BookToMember" ADD CONSTRAINT "_BookToMember_A_fkey" FOREIGN KEY ("A") REFERENCES "Book"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "_BookToMember" ADD CONSTRAINT "_BookToMember_B_fkey" FOREIGN KEY ("B") REFERENCES "Member"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- == change_tables

/*
  Warnings:

  - You are about to drop the column `weight` on the `Book` table. All the data in the column will be lost.

*/
-- DropForeignKey
ALTER TABLE "Loan" DROP CONSTRAINT "Loan_memberId_fkey";

-- DropIndex
DROP INDEX "Book_title_state_idx";

-- AlterTable
ALTER TABLE "Book" DROP COLUMN "weight",
ADD COLUMN     "returnedBy" INTEGER,
ALTER COLUMN "title" SET DATA TYPE TEXT;

-- AlterTable
ALTER TABLE "Member" ALTER COLUMN "fullName" SET NOT NULL,
ALTER COLUMN "fullName" SET DEFAULT '';

-- AlterTable
CREATE SEQUENCE loan_number_seq;
ALTER TABLE "Loan" ADD COLUMN "number" INTEGER NOT NULL DEFAULT 0,
ALTER COLUMN "number" SET DEFAULT nextval('loan_number_seq');
ALTER SEQUENCE loan_number_seq OWNED BY "Loan"."number";

-- CreateIndex
CREATE INDEX "Book_returnedBy_idx" ON "Book"("returnedBy");

-- RenameIndex
ALTER INDEX "Shelf_hall_row_key" RENAME TO "place";

-- RenameForeignKey
ALTER TABLE "Loan" RENAME CONSTRAINT "Loan_bookId_fkey" TO "borrowed";

-- AddForeignKey
ALTER TABLE "Loan" ADD CONSTRAINT "Loan_memberId_fkey" FOREIGN KEY ("memberId") REFERENCES "Member"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Book" ADD CONSTRAINT "Book_returnedBy_fkey" FOREIGN KEY ("returnedBy") REFERENCES "Member"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- == alter_enum

-- AlterEnum
BEGIN;
CREATE TYPE "BookState_new" AS ENUM ('ORDERED', 'IN_STOCK');
ALTER TABLE "Book" ALTER COLUMN "state" DROP DEFAULT;
ALTER TABLE "Book" ALTER COLUMN "state" TYPE "BookState_new" USING ("state"::text::"BookState_new");
ALTER TYPE "BookState" RENAME TO "BookState_old";
ALTER TYPE "BookState_new" RENAME TO "BookState";
DROP TYPE "BookState_old";
ALTER TABLE "Book" ALTER COLUMN "state" SET DEFAULT 'ORDERED';
COMMIT;

-- == drop_table

-- DropForeignKey
ALTER TABLE "_BookToMember" DROP CONSTRAINT "_BookToMember_A_fkey";

-- DropForeignKey
ALTER TABLE "_BookToMember" DROP CONSTRAINT "_BookToMember_B_fkey";

-- DropTable
DROP TABLE "_BookToMember";

-- == before_prisma_6

-- CreateTable
CREATE TABLE "_Friends" (
    "A" INTEGER NOT NULL,
    "B" INTEGER NOT NULL
);

-- CreateIndex
CREATE UNIQUE INDEX "_Friends_AB_unique" ON "_Friends"("A", "B");

-- CreateIndex
CREATE INDEX "_Friends_B_index" ON "_Friends"("B");

-- AddForeignKey
ALTER TABLE "_Friends" ADD CONSTRAINT "_Friends_A_fkey" FOREIGN KEY ("A") REFERENCES "Member"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "_Friends" ADD CONSTRAINT "_Friends_B_fkey" FOREIGN KEY ("B") REFERENCES "Member"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- == decided_by_the_author

-- CreateTable
CREATE TABLE "Visit" (
    "at" TIME(6) WITH TIME ZONE NOT NULL,
    "raw" JSON,
    "fee" MONEY
);

-- CreateIndex
CREATE INDEX "Book_donorId_idx" ON "Book"("donorId");

-- CreateIndex
CREATE INDEX "Book_donorId_title_idx" ON "Book"("donorId", "title");

-- CreateIndex
CREATE INDEX "Member_createdAt_idx" ON "Member"("createdAt");

-- CreateIndex
CREATE INDEX "again" ON "Member"("createdAt");

-- == no_action

-- AddForeignKey
ALTER TABLE "Loan" ADD CONSTRAINT "Loan_number_fkey" FOREIGN KEY ("number") REFERENCES "Member"("id") ON DELETE NO ACTION ON UPDATE CASCADE;

-- == written_by_hand

-- AlterTable
ALTER TABLE "Loan" ADD CHECK ("number" > 0);
